import pg from 'pg'
import type { CreateEntrant } from '../workload.js'
import type { Item } from './item.js'

/**
 * By hand on pg, in its best documented way: a pool, the transaction of its guide, and a named statement, which
 * the server parses and plans once per connection.
 *
 * @see node-postgres.com, "Transactions" and "Queries", prepared statements
 */
export const createEntrant: CreateEntrant = async ({ url, poolSize }) => {
  const pool = new pg.Pool({ connectionString: url, max: poolSize, idleTimeoutMillis: 0 })
  return {
    async run(id) {
      const client = await pool.connect()
      try {
        await client.query('begin')
        const { rows } = await client.query<Item>({
          name: 'item-by-id',
          text: 'select * from item where id = $1',
          values: [id],
        })
        await client.query('commit')
        return rows[0]
      } catch (error) {
        await client.query('rollback')
        throw error
      } finally {
        client.release()
      }
    },
    close: () => pool.end(),
  }
}
