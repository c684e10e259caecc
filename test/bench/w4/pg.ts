import { pgPool, pgTransaction } from '../libraries/pg.js'
import { nest, ownersEntrant, type Owner, type Thing } from './owner.js'

/** Two queries by hand. */
export const createEntrant = ownersEntrant(({ url, poolSize }) => {
  const pool = pgPool(url, poolSize)
  return Promise.resolve({
    read: (first, last) =>
      pgTransaction(pool, async (client) => {
        const owners = await client.query<Omit<Owner, 'things'>>(
          'select id, name, email, active from owner where id between $1 and $2 order by id',
          [first, last],
        )
        const things = await client.query<Thing>(
          'select id, owner_id, label, price, bought from thing where owner_id = any($1) order by id',
          [owners.rows.map(({ id }) => id)],
        )
        return nest(owners.rows, things.rows)
      }),
    close: () => pool.end(),
  })
})
