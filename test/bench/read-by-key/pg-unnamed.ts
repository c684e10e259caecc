import pg from 'pg'
import type { CreateEntrant } from '../workload.js'
import type { Item } from './item.js'

/** By hand on pg as most programs have it: the statement has no name and is parsed and planned every time. */
export const createEntrant: CreateEntrant = async ({ url, poolSize }) => {
  const pool = new pg.Pool({ connectionString: url, max: poolSize, idleTimeoutMillis: 0 })
  return {
    async run(id) {
      const client = await pool.connect()
      try {
        await client.query('begin')
        const { rows } = await client.query<Item>('select * from item where id = $1', [id])
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
