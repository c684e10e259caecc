import { EntitySchema, MikroORM } from '@mikro-orm/postgresql'
import type { Entry } from './entry.js'
import type { OpenRows } from './rows-library.js'

const properties = {
  id: { type: 'integer', primary: true, autoincrement: true },
  name: { type: 'text' },
  quantity: { type: 'integer' },
  price: { type: 'integer' },
  active: { type: 'boolean' },
  created: { type: 'Date' },
} as const
const EntrySchema = new EntitySchema<Entry>({ name: 'Entry', tableName: 'entry', properties })
const StockSchema = new EntitySchema<Entry>({ name: 'Stock', tableName: 'stock', properties })

/** Its unit of work, whose flush batches; where nothing is wanted back, `insertMany`. */
export const openRows: OpenRows = async ({ url, poolSize }) => {
  const orm = await MikroORM.init({
    clientUrl: url,
    pool: { min: 0, max: poolSize },
    entities: [EntrySchema, StockSchema],
    batchSize: 10_000,
  })
  return {
    async insert(rows) {
      const manager = orm.em.fork()
      const added = rows.map((row) => manager.create(EntrySchema, { ...row } as Entry))
      manager.persist(added)
      await manager.flush()
      return added.map(({ id }) => id)
    },
    async insertOnly(rows) {
      await orm.em.fork().transactional(async (manager) => {
        await manager.insertMany(EntrySchema, [...rows] as Entry[])
      })
    },
    async change(change) {
      const manager = orm.em.fork()
      await manager.begin()
      for (const row of await manager.find(StockSchema, {})) change(row)
      await manager.commit()
    },
    close: () => orm.close(),
  }
}
