import { EntitySchema, MikroORM, type Collection } from '@mikro-orm/postgresql'
import { ownersEntrant, type Owner, type Thing } from './owner.js'

interface OwnerEntity extends Omit<Owner, 'things'> {
  things: Collection<ThingEntity>
}
interface ThingEntity extends Omit<Thing, 'owner_id'> {
  owner: OwnerEntity
}

const ownerSchema = new EntitySchema<OwnerEntity>({
  name: 'Owner',
  tableName: 'owner',
  properties: {
    id: { type: 'integer', primary: true },
    name: { type: 'text' },
    email: { type: 'text' },
    active: { type: 'boolean' },
    things: { kind: '1:m', entity: () => 'Thing', mappedBy: 'owner' },
  },
})
const thingSchema = new EntitySchema<ThingEntity>({
  name: 'Thing',
  tableName: 'thing',
  properties: {
    id: { type: 'integer', primary: true },
    owner: { kind: 'm:1', entity: () => 'Owner', fieldName: 'owner_id' },
    label: { type: 'text' },
    price: { type: 'integer' },
    bought: { type: 'Date' },
  },
})

/** Its strategy of one query more for each relation. */
export const createEntrant = ownersEntrant(async ({ url, poolSize }) => {
  const orm = await MikroORM.init({
    clientUrl: url,
    pool: { min: 0, max: poolSize },
    entities: [ownerSchema, thingSchema],
  })
  return {
    async read(first, last) {
      const owners = await orm.em.fork().transactional((manager) =>
        manager.find(
          ownerSchema,
          { id: { $gte: first, $lte: last } },
          {
            orderBy: { id: 'asc', things: { id: 'asc' } },
            populate: ['things'],
            strategy: 'select-in',
          },
        ),
      )
      return owners.map(({ id, name, email, active, things }) => ({
        id,
        name,
        email,
        active,
        things: things.getItems() as unknown as Thing[],
      }))
    },
    close: () => orm.close(),
  }
})
