import postgres from 'postgres'
import type { Entry } from './entry.js'
import type { OpenRows } from './rows-library.js'

/** Its own helpers for many rows; 65,534 parameters at most, so several statements. */
export const openRows: OpenRows = async ({ url, poolSize }) => {
  const sql = postgres(url, { max: poolSize, onnotice: () => undefined })
  return {
    insert: (rows) =>
      sql.begin(async (transaction) => {
        const keys: number[] = []
        for (let start = 0; start < rows.length; start += 10_000) {
          const part = rows.slice(start, start + 10_000)
          const result = await transaction<
            { id: number }[]
          >`insert into entry ${transaction(part)} returning id`
          for (const { id } of result) keys.push(id)
        }
        return keys
      }),
    insertOnly: async (rows) => {
      await sql.begin(async (transaction) => {
        await transaction`insert into entry ${transaction([...rows])}`
      })
    },
    change: async (change) => {
      await sql.begin(async (transaction) => {
        const rows = await transaction<Entry[]>`select * from stock`
        const values = rows.filter(change).map(({ id, name, quantity }) => [id, name, quantity] as const)
        await transaction`
          update stock set name = u.name, quantity = u.quantity::integer
          from (values ${transaction(values as never)}) as u(id, name, quantity) where stock.id = u.id::integer`
      })
    },
    close: () => sql.end(),
  }
}
