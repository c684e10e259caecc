import { pgPool, pgTransaction } from '../libraries/pg.js'
import type { CreateEntrant } from '../workload.js'

/** By hand on pg, with named statements. */
export const createEntrant: CreateEntrant = async ({ url, poolSize }) => {
  const pool = pgPool(url, poolSize)
  return {
    run: (input) =>
      pgTransaction(pool, async (client) => {
        const inserted = await client.query<{ id: number }>({
          name: 'insert-entry',
          text: 'insert into entry (title, quantity) values ($1, $2) returning id',
          values: [`Entry ${String(input)}`, input],
        })
        const updated = await client.query<{ title: string; quantity: number }>({
          name: 'update-entry',
          text: 'update entry set quantity = $1 where id = $2 returning title, quantity',
          values: [input + 1, inserted.rows[0]!.id],
        })
        return updated.rows[0]
      }),
    close: () => pool.end(),
  }
}
