import { CamelCasePlugin, sql, type Kysely, type Selectable } from 'kysely'
import { jsonArrayFrom } from 'kysely/helpers/postgres'
import { beforeAll, beforeEach, describe, expect, inject, it } from 'vitest'
import { AsyncDatabase } from '../../../src/database/async-database.js'
import { enumType } from '../../../src/metadata/enum-type.js'
import type { InferDatabase } from '../../../src/metadata/infer-database.js'
import { Metadata } from '../../../src/metadata/metadata.js'
import { bigint, bigintNumber, bigintString, integer } from '../../../src/metadata/number-columns.js'
import { table } from '../../../src/metadata/table.js'
import { text } from '../../../src/metadata/text-columns.js'
import { jsonb } from '../../../src/metadata/value-columns.js'
import { cloneDatabase } from '../../support/clone-database.js'
import { via } from '../../support/via.js'
import { openDatabase } from './open-database.js'

const mood = enumType('mood', ['sad', 'very happy'])

const users = table('app_users', {
  id: integer().identity().primaryKey(),
  fullName: text().named('full_name').notNull(),
  first: text().named('second'), // Each has the other's key for its name.
  second: text().named('first'),
  visits: bigintNumber().notNull().default(0),
  credit: bigintString(),
  moods: mood().array(),
  tags: jsonb(),
})
const songs = table('songs', {
  id: integer().identity().primaryKey(),
  ownerId: integer()
    .named('owner_id')
    .references(() => users.id),
  title: text().notNull(),
  plays: bigint().notNull().default(0),
})
const audit = table('audit', { id: integer().primaryKey(), note: text() }, { schema: 'history' })
const tables = { users, songs, audit }
type DB = InferDatabase<typeof tables>
const metadata = new Metadata({ tables })

const cloned = cloneDatabase()
const open = () => openDatabase(cloned.url, { metadata }) as unknown as AsyncDatabase<DB>

beforeAll(async () => {
  await using database = new AsyncDatabase<DB>({ ...via(cloned.url), metadata })
  await database.createAll()
})

beforeEach(async () => {
  await cloned.query(`
    truncate app_users, songs, history.audit restart identity;
    insert into app_users (full_name, first, second, visits, credit, moods, tags)
      values ('Ada', 'one', 'two', 7, 9007199254740993, '{sad,"very happy"}', '["a", "b"]'),
             ('Grace', null, null, 0, null, null, null);
    insert into songs (owner_id, title) values (1, 'Note G'), (1, 'Air'), (2, 'Cobol');
    insert into history.audit values (1, 'made')`)
})

const ada: Selectable<DB['users']> = {
  id: 1,
  fullName: 'Ada',
  first: 'two',
  second: 'one',
  visits: 7,
  credit: '9007199254740993',
  moods: ['sad', 'very happy'],
  tags: ['a', 'b'],
}

/** The same queries in a session and outside any. */
const places: readonly [string, <R>(work: (db: Kysely<DB>) => Promise<R>) => Promise<R>][] = [
  ['Session', (work) => open().begin(work)],
  ['database.kysely', (work) => work(open().kysely)],
]

describe.each(places)('%s, of tables whose keys are not their names', (_, within) => {
  it('gives rows under their keys, read as their columns declare', async () => {
    await within(async (db) => {
      const [row] = await db.selectFrom('users').selectAll().where('fullName', '=', 'Ada').execute()
      expect(row).toEqual(ada)
      const named = await db.selectFrom('users as u').select(['u.fullName', 'u.visits as v']).execute()
      expect(named).toEqual([
        { fullName: 'Ada', v: 7 },
        { fullName: 'Grace', v: 0 },
      ])
    })
  })

  it('joins, groups and orders by keys', async () => {
    await within(async (db) => {
      const rows = await db
        .selectFrom('songs')
        .innerJoin('users', 'users.id', 'songs.ownerId')
        .select(({ fn }) => [
          'users.fullName',
          fn.count<bigint>('songs.id').as('songs'),
          fn.max('visits').as('most'),
        ])
        .groupBy('fullName')
        .having(({ fn }) => fn.count('songs.ownerId'), '>', 0)
        .orderBy('users.fullName', 'desc')
        .execute()
      expect(rows).toEqual([
        { fullName: 'Grace', songs: 1n, most: 0 },
        { fullName: 'Ada', songs: 2n, most: 7 },
      ])
    })
  })

  it('reads through subqueries, common table expressions and unions', async () => {
    await within(async (db) => {
      const rows = await db
        .with('busy', (cte) =>
          cte.selectFrom('users').select(['id', 'fullName', 'visits']).where('visits', '>', 0),
        )
        .selectFrom('busy')
        .innerJoin(
          (eb) => eb.selectFrom('songs').selectAll().where('title', '!=', 'Air').as('s'),
          (join) => join.onRef('s.ownerId', '=', 'busy.id'),
        )
        .select(['busy.fullName', 'busy.visits', 's.ownerId', 's.title'])
        .execute()
      expect(rows).toEqual([{ fullName: 'Ada', visits: 7, ownerId: 1, title: 'Note G' }])
      const names = await db
        .selectFrom('users')
        .select('fullName')
        .union(db.selectFrom('songs').select('title as fullName'))
        .orderBy('fullName')
        .limit(2)
        .execute()
      expect(names).toEqual([{ fullName: 'Ada' }, { fullName: 'Air' }])
    })
  })

  it('finds columns of the query around a subquery', async () => {
    await within(async (db) => {
      const rows = await db
        .selectFrom('users')
        .select((eb) => [
          'fullName',
          eb
            .selectFrom('songs')
            .select('title')
            .whereRef('ownerId', '=', 'users.id')
            .orderBy('title')
            .limit(1)
            .as('song'),
          jsonArrayFrom(
            eb
              .selectFrom('songs')
              .select(['ownerId', 'title'])
              .whereRef('songs.ownerId', '=', 'users.id')
              .orderBy('id'),
          ).as('all'),
        ])
        .where('fullName', '=', 'Ada')
        .execute()
      expect(rows).toEqual([
        {
          fullName: 'Ada',
          song: 'Air',
          all: [
            { ownerId: 1, title: 'Note G' },
            { ownerId: 1, title: 'Air' },
          ],
        },
      ])
    })
  })

  it('writes by keys and gives back what was written', async () => {
    await within(async (db) => {
      const inserted = await db
        .insertInto('users')
        .values([
          { fullName: 'Alan', first: 'f', second: 's', visits: 3 },
          { fullName: 'Kurt', tags: sql`'{"a": 1}'::jsonb` },
        ])
        .returningAll()
        .execute()
      expect(inserted).toMatchObject([
        { fullName: 'Alan', first: 'f', second: 's', visits: 3, tags: null },
        { fullName: 'Kurt', visits: 0, tags: { a: 1 } },
      ])
      const updated = await db
        .updateTable('users')
        .set((eb) => ({ fullName: 'Turing', visits: eb('visits', '+', 1) }))
        .where('fullName', '=', 'Alan')
        .returning(['users.fullName', 'visits'])
        .execute()
      expect(updated).toEqual([{ fullName: 'Turing', visits: 4 }])
      const deleted = await db
        .deleteFrom('users')
        .where('fullName', 'in', ['Turing', 'Kurt'])
        .returning('second')
        .execute()
      expect(deleted.map(({ second }) => second)).toEqual(expect.arrayContaining(['s', null]))
    })
  })

  it('updates and deletes with other tables, and merges', async () => {
    await within(async (db) => {
      const moved = await db
        .updateTable('songs')
        .from('users')
        .set((eb) => ({ title: eb.ref('users.fullName') }))
        .whereRef('users.id', '=', 'songs.ownerId')
        .where('users.fullName', '=', 'Grace')
        .returning(['songs.title', 'ownerId'])
        .execute()
      expect(moved).toEqual([{ title: 'Grace', ownerId: 2 }])
      await db
        .deleteFrom('songs')
        .using('users')
        .whereRef('users.id', '=', 'songs.ownerId')
        .where('visits', '=', 0)
        .execute()
      if (inject('serverVersion') < 15) return // MERGE came with it.
      await db
        .mergeInto('users')
        .using('songs', 'songs.ownerId', 'users.id')
        .whenMatchedAnd('songs.title', '=', 'Air')
        .thenUpdateSet({ fullName: 'Ada of Air' })
        .execute()
      const rows = await db.selectFrom('users').select('fullName').orderBy('id').execute()
      expect(rows).toEqual([{ fullName: 'Ada of Air' }, { fullName: 'Grace' }])
    })
  })

  it('resolves conflicts by keys', async () => {
    await within(async (db) => {
      const row = await db
        .insertInto('users')
        .values({ id: 1, fullName: 'Countess', visits: 2 })
        .onConflict((conflict) =>
          conflict.column('id').doUpdateSet((eb) => ({
            fullName: eb.ref('excluded.fullName'),
            visits: eb('users.visits', '+', eb.ref('excluded.visits')),
          })),
        )
        .returning(['fullName', 'visits'])
        .executeTakeFirst()
      expect(row).toEqual({ fullName: 'Countess', visits: 9 })
    })
  })

  it('finds a table in the schema that it declares, and in another one with withSchema()', async () => {
    await within(async (db) => {
      expect(await db.selectFrom('audit').select('audit.note').execute()).toEqual([{ note: 'made' }])
      const elsewhere = db.withSchema('public').selectFrom('users').select(['users.fullName', 'users.visits'])
      expect(await elsewhere.where('users.fullName', '=', 'Ada').execute()).toEqual([
        { fullName: 'Ada', visits: 7 },
      ])
    })
  })

  it('streams rows under their keys', async () => {
    await within(async (db) => {
      const rows: unknown[] = []
      for await (const row of db.selectFrom('users').select(['fullName', 'visits']).orderBy('id').stream(1))
        rows.push(row)
      expect(rows).toEqual([
        { fullName: 'Ada', visits: 7 },
        { fullName: 'Grace', visits: 0 },
      ])
    })
  })

  it('takes column references inside SQL text by their keys, and the text itself as it is', async () => {
    await within(async (db) => {
      const rows = await db
        .selectFrom('users')
        .select(sql<string>`upper(${sql.ref('fullName')}) || second`.as('loud'))
        .where('id', '=', 1)
        .execute()
      expect(rows).toEqual([{ loud: 'ADAtwo' }])
      const raw = await sql<{
        full_name: string
        visits: bigint
      }>`select full_name, visits from app_users where id = 1`.execute(db)
      expect(raw.rows).toEqual([{ full_name: 'Ada', visits: 7n }])
    })
  })

  it('reads a text that SQL and a builder share each in its own way', async () => {
    await within(async (db) => {
      const built = db.selectFrom('users').select('visits').where('id', '=', 1)
      const raw = sql.raw<{ visits: bigint }>(built.compile().sql.replace('$1', '1'))
      const same = db.selectFrom('users').select('visits').where('id', '=', sql.lit(1))
      expect(same.compile().sql).toBe(built.compile().sql.replace('$1', '1'))
      for (let round = 0; round < 2; round++) {
        expect(await same.execute()).toEqual([{ visits: 7 }])
        expect((await raw.execute(db)).rows).toEqual([{ visits: 7n }])
      }
    })
  })
})

describe.each(places)('%s, given values for a JSON column', (_, within) => {
  it.each<[string, unknown]>([
    ['an array', ['a', { b: 1 }]],
    ['an empty array', []],
    ['text', 'plain'],
    ['text that looks like JSON', '{"a":1}'],
    ['a number', 5],
    ['true', true],
    ['an object', { deep: { list: [1, null] } }],
    ['an object with toJSON', { toJSON: () => 'short' }],
  ])('stores %s as that document', async (_name, value) => {
    const stored = JSON.parse(JSON.stringify(value)) as unknown
    await within(async (db) => {
      const inserted = await db
        .insertInto('users')
        .values({ fullName: 'x', tags: value })
        .returning('tags')
        .execute()
      expect(inserted).toEqual([{ tags: stored }])
      const updated = await db
        .updateTable('users')
        .set({ tags: value })
        .where('id', '=', 1)
        .returning('tags')
        .execute()
      expect(updated).toEqual([{ tags: stored }])
      const found = await db
        .selectFrom('users')
        .select('id')
        .where('users.tags', '=', value)
        .orderBy('id')
        .execute()
      expect(found.map(({ id }) => id)).toContain(1)
    })
  })

  it('stores null as NULL, and undefined as the default', async () => {
    await within(async (db) => {
      const rows = await db
        .insertInto('users')
        .values([
          { fullName: 'x', tags: null },
          { fullName: 'y', tags: undefined },
        ])
        .returning((eb) => eb('tags', 'is', null).as('isNull'))
        .execute()
      expect(rows).toEqual([{ isNull: true }, { isNull: true }])
    })
  })

  it('compares lists of documents and containment', async () => {
    await within(async (db) => {
      const query = db.selectFrom('users').select('id')
      expect(await query.where('tags', 'in', [['a', 'b'], 'z']).execute()).toEqual([{ id: 1 }])
      expect(await query.where('tags', '@>', ['a']).execute()).toEqual([{ id: 1 }])
      expect(await query.where('tags', '@>', 'a').execute()).toEqual([{ id: 1 }])
    })
  })
})

describe('AsyncDatabase.plugins', () => {
  interface CamelTables {
    appUsers: { id: number; fullName: string; visits: bigint }
  }

  it('apply to sessions, their nested transactions and database.kysely', async () => {
    const database = openDatabase(cloned.url, {
      plugins: [new CamelCasePlugin()],
    }) as unknown as AsyncDatabase<CamelTables>
    const read = (db: Kysely<CamelTables>) =>
      db.selectFrom('appUsers').select(['fullName', 'visits']).where('fullName', '=', 'Ada').execute()
    const expected = [{ fullName: 'Ada', visits: 7n }]
    expect(await read(database.kysely)).toEqual(expected)
    await database.begin(async (session) => {
      expect(await read(session)).toEqual(expected)
      expect(await session.transaction().execute(read)).toEqual(expected)
      expect((await session.execute(session.selectFrom('appUsers').select('fullName'))).all()).toContainEqual(
        {
          fullName: 'Ada',
        },
      )
    })
  })

  it('work on top of a metadata, whose names and readers they leave', async () => {
    const database = openDatabase(cloned.url, {
      metadata,
      plugins: [new CamelCasePlugin()],
    }) as unknown as AsyncDatabase<DB & CamelTables>
    const rows = await database.kysely
      .selectFrom('appUsers')
      .select(['fullName', 'visits'])
      .where('fullName', '=', 'Ada')
      .execute()
    expect(rows).toEqual([{ fullName: 'Ada', visits: 7 }])
  })

  it('are refused if one is no plugin', () => {
    const plugins = [new CamelCasePlugin(), CamelCasePlugin as never]
    expect(() => new AsyncDatabase({ url: cloned.url, plugins })).toThrow(/plugins\[1\] is no Kysely plugin/)
  })
})
