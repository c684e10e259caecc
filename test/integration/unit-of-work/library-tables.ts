import { bigint, integer } from '../../../src/metadata/number-columns.js'
import { Metadata } from '../../../src/metadata/metadata.js'
import { primaryKey } from '../../../src/metadata/key-constraint.js'
import { table } from '../../../src/metadata/table.js'
import { text, uuid } from '../../../src/metadata/text-columns.js'
import { timestamptz } from '../../../src/metadata/time-columns.js'
import { bytea, boolean, jsonb } from '../../../src/metadata/value-columns.js'
import { sql } from 'kysely'

/** Tables of a small library: generated and given keys, a composite key, a tree, and two tables that form a circle. */
export const users = table('users', {
  id: bigint().identityAlways().primaryKey(),
  email: text().notNull().unique(),
  name: text(),
  settings: jsonb<{ theme?: string; tags?: string[] }>().notNull().default({}),
  picture: bytea(),
  isActive: boolean().notNull().default(true).named('is_active'),
  createdAt: timestamptz()
    .notNull()
    .default(sql`now()`)
    .named('created_at'),
})
export const books = table('books', {
  id: uuid()
    .primaryKey()
    .default(sql`gen_random_uuid()`),
  title: text().notNull(),
  ownerId: bigint()
    .named('owner_id')
    .references(() => users.id),
  labels: text().array().notNull().default([]),
  titleLength: integer().generatedAs('length(title)').named('title_length'),
})
export const loans = table(
  'loans',
  {
    bookId: uuid()
      .notNull()
      .references(() => books.id),
    userId: bigint()
      .notNull()
      .references(() => users.id),
    days: integer().notNull().default(14),
  },
  (t) => [primaryKey(t.bookId, t.userId)],
)
export const shelves = table('shelves', {
  id: integer().identity().primaryKey(),
  name: text().notNull(),
  parentId: integer()
    .named('parent_id')
    .references(() => shelves.id),
})
export const metadata = new Metadata({ tables: { users, books, loans, shelves } })
