import knex from 'knex'
import { nest, ownersEntrant, type Owner, type Thing } from './owner.js'

/** Two queries: it knows no relations. */
export const createEntrant = ownersEntrant(({ url, poolSize }) => {
  const database = knex({ client: 'pg', connection: url, pool: { min: 0, max: poolSize } })
  return Promise.resolve({
    read: (first, last) =>
      database.transaction(async (transaction) => {
        const owners = await transaction<Omit<Owner, 'things'>>('owner')
          .select('id', 'name', 'email', 'active')
          .whereBetween('id', [first, last])
          .orderBy('id')
        const things = await transaction<Thing>('thing')
          .select('id', 'owner_id', 'label', 'price', 'bought')
          .whereIn(
            'owner_id',
            owners.map(({ id }) => id),
          )
          .orderBy('id')
        return nest(owners, things)
      }),
    close: () => database.destroy(),
  })
})
