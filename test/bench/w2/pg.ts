import { pgPool, pgTransaction } from '../libraries/pg.js'
import type { CreateEntrant } from '../workload.js'

/** By hand on pg. */
export const createEntrant: CreateEntrant = async ({ url, poolSize }) => {
  const pool = pgPool(url, poolSize)
  return {
    run: (input) =>
      pgTransaction(pool, async (client) => {
        const inserted = await client.query<{ id: number }>(
          'insert into entry (title, quantity) values ($1, $2) returning id',
          [`Entry ${String(input)}`, input],
        )
        const updated = await client.query<{ title: string; quantity: number }>(
          'update entry set quantity = $1 where id = $2 returning title, quantity',
          [input + 1, inserted.rows[0]!.id],
        )
        return updated.rows[0]
      }),
    close: () => pool.end(),
  }
}
