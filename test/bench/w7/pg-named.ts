import type { Item } from '../item.js'
import { pgPool } from '../libraries/pg.js'
import type { CreateEntrant } from '../workload.js'

/** By hand on pg, with a named statement. */
export const createEntrant: CreateEntrant = async ({ url, poolSize }) => {
  const pool = pgPool(url, poolSize)
  return {
    async run(id) {
      const query = { name: 'item-by-id', text: 'select * from item where id = $1', values: [id] }
      const { rows } = await pool.query<Item>(query)
      return rows[0]
    },
    close: () => pool.end(),
  }
}
