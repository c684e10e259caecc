import { prepareQuery } from '../../../src/index.js'
import type { Kysely } from 'kysely'
import { benchDatabase } from '../libraries/session.js'
import type { CreateEntrant } from '../workload.js'
import type { EntryTables } from './entry.js'

const insert = prepareQuery<{ title: string; quantity: number }>()((db: Kysely<EntryTables>, param) =>
  db
    .insertInto('entry')
    .values({ title: param('title'), quantity: param('quantity') })
    .returning('id'),
)
const update = prepareQuery<{ id: number; quantity: number }>()((db: Kysely<EntryTables>, param) =>
  db
    .updateTable('entry')
    .set({ quantity: param('quantity') })
    .where('id', '=', param('id'))
    .returning(['title', 'quantity']),
)

/** A session per request, and queries that were compiled once. */
export const createEntrant: CreateEntrant = async ({ url, poolSize }) => {
  const database = benchDatabase<EntryTables>(url, poolSize)
  return {
    async run(input) {
      await using session = database.session()
      const values = { title: `Entry ${String(input)}`, quantity: input }
      const { id } = (await session.execute(insert, values)).one()
      const entry = (await session.execute(update, { id, quantity: input + 1 })).one()
      await session.commit()
      return entry
    },
    close: () => database.close(),
  }
}
