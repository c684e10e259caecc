import knex from 'knex'
import type { Entry } from './entry.js'
import type { OpenRows } from './rows-library.js'

/** `batchInsert` in chunks below the limit of parameters; knex has no update of many rows: one statement for each. */
export const openRows: OpenRows = async ({ url, poolSize }) => {
  const database = knex({ client: 'pg', connection: url, pool: { min: 0, max: poolSize } })
  return {
    insert: (rows) =>
      database.transaction(async (transaction) => {
        const keys: unknown = await transaction
          .batchInsert('entry', rows as never, 10_000)
          .returning('id' as never)
        return (keys as { id: number }[]).map(({ id }) => id)
      }),
    insertOnly: (rows) =>
      database.transaction(async (transaction) => {
        await transaction.batchInsert('entry', [...rows], 10_000)
      }),
    change: (change) =>
      database.transaction(async (transaction) => {
        const rows = await transaction<Entry>('stock').select('*')
        for (const { id, name, quantity } of rows.filter(change))
          await transaction('stock').where({ id }).update({ name, quantity })
      }),
    close: () => database.destroy(),
  }
}
