import { AsyncDatabase, boolean, integer, Metadata, table, text, timestamptz } from '../../../src/index.js'
import { LOADED } from './entry.js'
import type { OpenRows } from './rows-library.js'

const columns = {
  id: integer().identity().primaryKey(),
  name: text().notNull(),
  quantity: integer().notNull(),
  price: integer().notNull(),
  active: boolean().notNull(),
  created: timestamptz().notNull(),
}
const entry = table('entry', columns)
const stock = table('stock', columns)
const metadata = new Metadata({ tables: { entry, stock } })

/** Tracked objects; where nothing is wanted back, `bulkInsert`. */
export const openRows: OpenRows = async ({ url, poolSize }) => {
  const database = new AsyncDatabase<unknown>({
    url,
    metadata,
    pool: { size: poolSize, maxOverflow: 0, idleTimeoutMillis: 0 },
  })
  return {
    async insert(rows) {
      await using session = database.session()
      const added = session.addAll(entry, rows)
      await session.commit()
      return added.map(({ id }) => id)
    },
    async insertOnly(rows) {
      await using session = database.session()
      await session.bulkInsert(entry, rows)
      await session.commit()
    },
    async change(change) {
      await using session = database.session()
      const rows = await session.query(stock).limit(LOADED).all()
      for (const row of rows) change(row)
      await session.commit()
    },
    close: () => database.close(),
  }
}
