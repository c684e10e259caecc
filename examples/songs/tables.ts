import {
  index,
  integer,
  Metadata,
  table,
  text,
  timestamptz,
  unique,
  type InferDatabase,
} from 'async-database'
import { sql } from 'kysely'

export const users = table('users', {
  id: integer().identity().primaryKey(),
  email: text().notNull().unique(),
  passwordHash: text().notNull(),
})

export const songs = table(
  'songs',
  {
    id: integer().identity().primaryKey(),
    ownerId: integer()
      .notNull()
      .references(() => users.id, { onDelete: 'cascade' }),
    title: text().notNull(),
    artist: text().notNull(),
    createdAt: timestamptz()
      .notNull()
      .default(sql`now()`),
  },
  (t) => [unique(t.ownerId, t.artist, t.title), index(t.ownerId, t.createdAt)],
)

const tables = { users, songs }

/** What Kysely knows of the tables; inferred, nothing is generated. */
export interface DB extends InferDatabase<typeof tables> {}

export const metadata = new Metadata({ schema: process.env['DB_SCHEMA'] ?? 'songs', tables })
