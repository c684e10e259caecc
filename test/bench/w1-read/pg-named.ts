import type { Item } from '../item.js'
import { pgPool, pgTransaction } from '../libraries/pg.js'
import type { CreateEntrant } from '../workload.js'

/**
 * By hand on pg in its best documented way: a named statement, which the server parses and plans once per connection.
 *
 * @see node-postgres.com, "Queries", prepared statements
 */
export const createEntrant: CreateEntrant = async ({ url, poolSize }) => {
  const pool = pgPool(url, poolSize)
  return {
    run: (id) =>
      pgTransaction(pool, async (client) => {
        const { rows } = await client.query<Item>({
          name: 'item-by-id',
          text: 'select * from item where id = $1',
          values: [id],
        })
        return rows[0]
      }),
    close: () => pool.end(),
  }
}
