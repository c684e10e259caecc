import type { Item } from '../item.js'
import { pgPool, pgTransaction } from '../libraries/pg.js'
import type { CreateEntrant } from '../workload.js'

/** By hand on pg as most programs have it: the statement has no name and is parsed and planned every time. */
export const createEntrant: CreateEntrant = async ({ url, poolSize }) => {
  const pool = pgPool(url, poolSize)
  return {
    run: (id) =>
      pgTransaction(pool, async (client) => {
        const { rows } = await client.query<Item>('select * from item where id = $1', [id])
        return rows[0]
      }),
    close: () => pool.end(),
  }
}
