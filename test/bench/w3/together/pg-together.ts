import { keysOf, type Item } from '../../item.js'
import { pgPool, pgTransaction } from '../../libraries/pg.js'
import type { CreateEntrant } from '../../workload.js'

/** By hand on pg, whose client puts them in a queue of its own. */
export function pgTogether(count: number): CreateEntrant {
  return async ({ url, poolSize }) => {
    const pool = pgPool(url, poolSize)
    return {
      run: (input) =>
        pgTransaction(pool, async (client) => {
          const results = await Promise.all(
            keysOf(input, count).map((id) => client.query<Item>('select * from item where id = $1', [id])),
          )
          return results.map(({ rows }) => rows[0])
        }),
      close: () => pool.end(),
    }
  }
}
