import { Between, DataSource, EntitySchema, EntitySchemaOptions } from 'typeorm'
import { ownersEntrant, type Owner, type Thing } from './owner.js'

type OwnedThing = Thing & { owner: Owner }

const OwnerSchema = new EntitySchema<Owner>(
  Object.assign(new EntitySchemaOptions<Owner>(), {
    name: 'owner',
    columns: {
      id: { type: 'integer', primary: true },
      name: { type: 'text' },
      email: { type: 'text' },
      active: { type: 'boolean' },
    },
    relations: { things: { type: 'one-to-many', target: 'thing', inverseSide: 'owner' } },
  } as const),
)
const ThingSchema = new EntitySchema<OwnedThing>(
  Object.assign(new EntitySchemaOptions<OwnedThing>(), {
    name: 'thing',
    columns: {
      id: { type: 'integer', primary: true },
      owner_id: { type: 'integer' },
      label: { type: 'text' },
      price: { type: 'integer' },
      bought: { type: 'timestamptz' },
    },
    relations: { owner: { type: 'many-to-one', target: 'owner', joinColumn: { name: 'owner_id' } } },
  } as const),
)

/** Its join: its queries of their own take a hundred times as long. */
export const createEntrant = ownersEntrant(async ({ url, poolSize }) => {
  const source = new DataSource({ type: 'postgres', url, poolSize, entities: [OwnerSchema, ThingSchema] })
  await source.initialize()
  return {
    read: (first, last) =>
      source.transaction((manager) =>
        manager.getRepository(OwnerSchema).find({
          where: { id: Between(first, last) },
          order: { id: 'asc', things: { id: 'asc' } },
          relations: { things: true },
          relationLoadStrategy: 'join',
        }),
      ),
    close: () => source.destroy(),
  }
})
