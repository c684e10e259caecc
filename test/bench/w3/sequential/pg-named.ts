import { keysOf, type Item } from '../../item.js'
import { pgPool, pgTransaction } from '../../libraries/pg.js'
import type { CreateEntrant } from '../../workload.js'

/** By hand on pg, with a named statement. */
export const createEntrant: CreateEntrant = async ({ url, poolSize }) => {
  const pool = pgPool(url, poolSize)
  return {
    run: (input) =>
      pgTransaction(pool, async (client) => {
        const items: Item[] = []
        for (const id of keysOf(input, 5)) {
          const query = { name: 'item-by-id', text: 'select * from item where id = $1', values: [id] }
          const { rows } = await client.query<Item>(query)
          items.push(rows[0]!)
        }
        return items
      }),
    close: () => pool.end(),
  }
}
