import { relations } from 'drizzle-orm'
import { drizzle } from 'drizzle-orm/node-postgres'
import { boolean, integer, pgTable, text, timestamp } from 'drizzle-orm/pg-core'
import { pgPool } from '../libraries/pg.js'
import { ownersEntrant } from './owner.js'

const owner = pgTable('owner', {
  id: integer('id').primaryKey(),
  name: text('name').notNull(),
  email: text('email').notNull(),
  active: boolean('active').notNull(),
})
const thing = pgTable('thing', {
  id: integer('id').primaryKey(),
  owner_id: integer('owner_id').notNull(),
  label: text('label').notNull(),
  price: integer('price').notNull(),
  bought: timestamp('bought', { withTimezone: true }).notNull(),
})
const ownerRelations = relations(owner, ({ many }) => ({ things: many(thing) }))
const thingRelations = relations(thing, ({ one }) => ({
  owner: one(owner, { fields: [thing.owner_id], references: [owner.id] }),
}))

/** Its relational queries: one statement, in which the server builds JSON. */
export const createEntrant = ownersEntrant(({ url, poolSize }) => {
  const pool = pgPool(url, poolSize)
  const database = drizzle(pool, { schema: { owner, thing, ownerRelations, thingRelations } })
  return Promise.resolve({
    read: (first, last) =>
      database.transaction((transaction) =>
        transaction.query.owner.findMany({
          where: (fields, { between }) => between(fields.id, first, last),
          orderBy: (fields, { asc }) => asc(fields.id),
          with: { things: { orderBy: (fields, { asc }) => asc(fields.id) } },
        }),
      ),
    close: () => pool.end(),
  })
})
