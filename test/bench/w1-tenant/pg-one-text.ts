import type { Item } from '../item.js'
import { pgPool } from '../libraries/pg.js'
import type { CreateEntrant } from '../workload.js'

/** By hand on pg by someone who counts round trips: BEGIN and all settings as one text, quoted by hand. */
export const createEntrant: CreateEntrant = async ({ url, poolSize }) => {
  const pool = pgPool(url, poolSize)
  return {
    async run(id) {
      const client = await pool.connect()
      try {
        await client.query(
          `begin; set local search_path to ${client.escapeIdentifier('tenant_a')};` +
            ` set local role ${client.escapeIdentifier('bench_tenant')};` +
            ` select set_config('app.tenant_id', ${client.escapeLiteral('a')}, true);` +
            ` set local statement_timeout to 5000`,
        )
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
