import type { Item } from '../item.js'
import { pgPool } from '../libraries/pg.js'
import type { CreateEntrant } from '../workload.js'

/** By hand on pg. */
export const createEntrant: CreateEntrant = async ({ url, poolSize }) => {
  const pool = pgPool(url, poolSize)
  return {
    async run(id) {
      const { rows } = await pool.query<Item>('select * from item where id = $1', [id])
      return rows[0]
    },
    close: () => pool.end(),
  }
}
