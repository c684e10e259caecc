import type { Item } from '../item.js'
import { pgPool, pgTransaction } from '../libraries/pg.js'
import type { CreateEntrant } from '../workload.js'

/** By hand on pg, one statement after the other. */
export const createEntrant: CreateEntrant = async ({ url, poolSize }) => {
  const pool = pgPool(url, poolSize)
  return {
    run: (id) =>
      pgTransaction(pool, async (client) => {
        await client.query('set local search_path to tenant_a')
        await client.query('set local role bench_tenant')
        await client.query("select set_config('app.tenant_id', $1, true)", ['a'])
        await client.query('set local statement_timeout to 5000')
        const { rows } = await client.query<Item>('select * from item where id = $1', [id])
        return rows[0]
      }),
    close: () => pool.end(),
  }
}
