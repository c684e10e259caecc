import { bigint, Metadata, table, text } from 'async-database'

const person = table('person', {
  id: bigint().identity().primaryKey(),
  name: text().notNull(),
  email: text().unique(),
})
const users = table('users', {
  id: bigint().identity().primaryKey(),
  email: text().notNull().unique(),
})
const songs = table('songs', {
  id: bigint().identity().primaryKey(),
  name: text().notNull(),
  ownerId: bigint().references(() => users.id),
})

/** The tables that an example may use without declaring them. */
export const tables = { person, users, songs }

/** The metadata of {@link tables}. */
export const metadata = new Metadata({ schema: 'public', tables })
