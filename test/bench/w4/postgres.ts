import postgres from 'postgres'
import { nest, ownersEntrant, type Owner, type Thing } from './owner.js'

/** Two queries by hand. */
export const createEntrant = ownersEntrant(({ url, poolSize }) => {
  const sql = postgres(url, { max: poolSize, onnotice: () => undefined })
  return Promise.resolve({
    read: async (first, last) =>
      await sql.begin(async (transaction) => {
        const owners = await transaction<Omit<Owner, 'things'>[]>`
          select id, name, email, active from owner where id between ${first} and ${last} order by id`
        const things = await transaction<Thing[]>`
          select id, owner_id, label, price, bought from thing
          where owner_id = any(${owners.map(({ id }) => id)}) order by id`
        return nest(owners, things)
      }),
    close: () => sql.end(),
  })
})
