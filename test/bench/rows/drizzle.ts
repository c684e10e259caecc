import { eq } from 'drizzle-orm'
import { drizzle } from 'drizzle-orm/node-postgres'
import { boolean, integer, pgTable, text, timestamp } from 'drizzle-orm/pg-core'
import { pgPool } from '../libraries/pg.js'
import type { OpenRows } from './rows-library.js'

const columns = () => ({
  id: integer('id').primaryKey().generatedByDefaultAsIdentity(),
  name: text('name').notNull(),
  quantity: integer('quantity').notNull(),
  price: integer('price').notNull(),
  active: boolean('active').notNull(),
  created: timestamp('created', { withTimezone: true }).notNull(),
})
const entry = pgTable('entry', columns())
const stock = pgTable('stock', columns())

/** Its inserts of many rows, below the limit of parameters; one UPDATE for each row, for it has none for many. */
export const openRows: OpenRows = async ({ url, poolSize }) => {
  const pool = pgPool(url, poolSize)
  const database = drizzle(pool)
  return {
    insert: (rows) =>
      database.transaction(async (transaction) => {
        const keys = await transaction
          .insert(entry)
          .values([...rows])
          .returning({ id: entry.id })
        return keys.map(({ id }) => id)
      }),
    insertOnly: (rows) =>
      database.transaction(async (transaction) => {
        await transaction.insert(entry).values([...rows])
      }),
    change: (change) =>
      database.transaction(async (transaction) => {
        for (const { id, name, quantity } of (await transaction.select().from(stock)).filter(change))
          await transaction.update(stock).set({ name, quantity }).where(eq(stock.id, id))
      }),
    close: () => pool.end(),
  }
}
