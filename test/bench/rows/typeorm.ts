import { DataSource, EntitySchema, EntitySchemaOptions } from 'typeorm'
import type { Entry } from './entry.js'
import type { OpenRows } from './rows-library.js'

const columns = {
  id: { type: 'integer', primary: true, generated: 'increment' },
  name: { type: 'text' },
  quantity: { type: 'integer' },
  price: { type: 'integer' },
  active: { type: 'boolean' },
  created: { type: 'timestamptz' },
} as const
const EntrySchema = new EntitySchema<Entry>(
  Object.assign(new EntitySchemaOptions<Entry>(), { name: 'entry', columns }),
)
const StockSchema = new EntitySchema<Entry>(
  Object.assign(new EntitySchemaOptions<Entry>(), { name: 'stock', columns }),
)

/** `save` in chunks, which reads keys back and finds changes by itself; where nothing is wanted back, `insert`. */
export const openRows: OpenRows = async ({ url, poolSize }) => {
  const source = new DataSource({ type: 'postgres', url, poolSize, entities: [EntrySchema, StockSchema] })
  await source.initialize()
  return {
    insert: (rows) =>
      source.transaction(async (manager) => {
        const repository = manager.getRepository(EntrySchema)
        const saved = await repository.save(
          rows.map((row) => repository.create(row)),
          { chunk: 5_000 },
        )
        return saved.map(({ id }) => id)
      }),
    insertOnly: (rows) =>
      source.transaction(async (manager) => {
        await manager.getRepository(EntrySchema).insert([...rows])
      }),
    change: (change) =>
      source.transaction(async (manager) => {
        const repository = manager.getRepository(StockSchema)
        await repository.save((await repository.find()).filter(change))
      }),
    close: () => source.destroy(),
  }
}
