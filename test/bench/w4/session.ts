import {
  AsyncDatabase,
  boolean,
  integer,
  Metadata,
  relations,
  table,
  text,
  timestamptz,
  type InferDatabase,
} from '../../../src/index.js'
import { ownersEntrant } from './owner.js'

const owner = table('owner', {
  id: integer().primaryKey(),
  name: text().notNull(),
  email: text().notNull(),
  active: boolean().notNull(),
})
const thing = table('thing', {
  id: integer().primaryKey(),
  owner_id: integer()
    .notNull()
    .references(() => owner.id),
  label: text().notNull(),
  price: integer().notNull(),
  bought: timestamptz().notNull(),
})
const tables = { owner, thing }
const related = relations(tables, { owner: (r) => ({ things: r.many('thing', { id: 'owner_id' }) }) })
interface DB extends InferDatabase<typeof tables, typeof related> {}
const metadata = new Metadata({ tables, relations: related })

/** Tracked objects with a relation, loaded by one statement more. */
export const createEntrant = ownersEntrant(({ url, poolSize }) => {
  const database = new AsyncDatabase<DB>({
    url,
    metadata,
    pool: { size: poolSize, maxOverflow: 0, idleTimeoutMillis: 0 },
  })
  return Promise.resolve({
    async read(first, last) {
      await using session = database.session()
      const owners = await session
        .query(owner)
        .where('id', '>=', first)
        .where('id', '<=', last)
        .orderBy('id')
        .with({ things: (q) => q.orderBy('id') })
        .all()
      await session.commit()
      return owners
    },
    close: () => database.close(),
  })
})
