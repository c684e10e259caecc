import { CamelCasePlugin, Kysely, sql, type Generated, type KyselyPlugin } from 'kysely'
import { beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { cloneDatabase } from '../../support/clone-database.js'
import { failureOf } from './failure-of.js'
import { openDatabase, type TestTables } from './open-database.js'
import { openThroughProxy } from './open-through-proxy.js'

const cloned = cloneDatabase()

beforeAll(async () => {
  await cloned.query(`create schema other; create table other.person (like public.person including all)`)
})
beforeEach(async () => {
  await cloned.query('truncate public.person, other.person')
})

/** Somebody else's function, which has never heard of sessions. */
async function countPeople(queries: Kysely<TestTables>): Promise<number> {
  const { count } = await queries
    .selectFrom('person')
    .select(({ fn }) => fn.countAll<bigint>().as('count'))
    .executeTakeFirstOrThrow()
  return Number(count)
}

describe('Session as a Kysely', () => {
  it('goes wherever a Kysely is asked for, and its statements are the session’s', async () => {
    const database = openDatabase(cloned.url)
    await using session = database.session()
    await session.insertInto('person').values({ name: 'Ada' }).execute()
    expect(session).toBeInstanceOf(Kysely)
    expect(await countPeople(session)).toBe(1)
    expect(await countPeople(database.kysely)).toBe(0)
  })

  it('answers with what Kysely’s builders promise', async () => {
    const database = openDatabase(cloned.url)
    await using session = database.session()
    const inserted = await session
      .insertInto('person')
      .values([{ name: 'Ada' }, { name: 'Grace' }])
      .executeTakeFirst()
    expect(inserted.numInsertedOrUpdatedRows).toBe(2n)
    const updated = await session
      .updateTable('person')
      .set({ email: 'a@x' })
      .where('name', '=', 'Ada')
      .execute()
    expect(updated).toEqual([expect.objectContaining({ numUpdatedRows: 1n })])
    const row = await session
      .insertInto('person')
      .values({ name: 'Barbara', email: null })
      .returning(['name', 'email', 'created_at'])
      .executeTakeFirstOrThrow()
    expect(row).toEqual({ name: 'Barbara', email: null, created_at: expect.any(Date) })
    const deleted = await session.deleteFrom('person').executeTakeFirst()
    expect(deleted.numDeletedRows).toBe(3n)
    await expect(session.selectFrom('person').selectAll().executeTakeFirstOrThrow()).rejects.toThrow(
      'no result',
    )
    expect(session.state).toBe('active')
  })

  it('runs sql templates, compiled queries and raw expressions', async () => {
    const database = openDatabase(cloned.url)
    await using session = database.session()
    const name = `O'Hara; drop table person; --`
    await sql`insert into person (name) values (${name})`.execute(session)
    const compiled = session.selectFrom('person').select('name').compile()
    expect((await session.executeQuery(compiled)).rows).toEqual([{ name }])
    const column = session.dynamic.ref<'name'>('name')
    expect(await session.selectFrom('person').select(column).execute()).toEqual([{ name }])
    const upper = session.fn<string>('upper', ['name'])
    expect(await session.selectFrom('person').select(upper.as('upper')).execute()).toEqual([
      { upper: name.toUpperCase() },
    ])
    expect(await session.selectNoFrom(sql<number>`1 + 1`.as('two')).executeTakeFirst()).toEqual({ two: 2 })
    expect(
      await session
        .with('n', (q) => q.selectFrom('person').select('name'))
        .selectFrom('n')
        .selectAll()
        .execute(),
    ).toEqual([{ name }])
  })

  it('explains', async () => {
    const database = openDatabase(cloned.url)
    await using session = database.session()
    const plan = await session.selectFrom('person').selectAll().explain<{ 'QUERY PLAN': string }>()
    expect(plan[0]!['QUERY PLAN']).toMatch(/person/)
  })

  it('refuses several statements in one text', async () => {
    const database = openDatabase(cloned.url)
    await using session = database.session()
    const two = sql.raw(`insert into person (name) values ('Ada'); commit`).execute(session)
    expect(await failureOf(two)).toMatchObject({ sqlState: '42601' })
  })
})

describe('Session.withSchema', () => {
  it('qualifies names and runs in the session’s transaction', async () => {
    const database = openDatabase(cloned.url, { pool: { size: 1, maxOverflow: 0 } })
    await using session = database.session()
    await session.withSchema('other').insertInto('person').values({ name: 'Ada' }).execute()
    expect(await countPeople(session.withSchema('other'))).toBe(1)
    expect(await countPeople(session)).toBe(0)
    await session.commit()
    expect(await cloned.query('select name from other.person')).toEqual([{ name: 'Ada' }])
  })
})

describe('Session.withPlugin', () => {
  interface CamelTables {
    person: { id: Generated<bigint>; name: string; email: string | null; createdAt: Generated<Date> }
  }

  it('transforms queries and results with CamelCasePlugin, in the session’s transaction', async () => {
    const database = openDatabase(cloned.url, { pool: { size: 1, maxOverflow: 0 } })
    await using session = database.session()
    const camel = session.withPlugin(new CamelCasePlugin()) as unknown as Kysely<CamelTables>
    await camel.insertInto('person').values({ name: 'Ada' }).execute()
    expect(await camel.selectFrom('person').select('createdAt').execute()).toEqual([
      { createdAt: expect.any(Date) },
    ])
    expect(await session.selectFrom('person').select('created_at').execute()).toHaveLength(1)
    await session.rollback()
    expect(await cloned.query('select name from person')).toEqual([])
  })

  it('applies plugins in the order in which they were added, and withoutPlugins takes them away', async () => {
    const database = openDatabase(cloned.url)
    await using session = database.session()
    const mark = (name: string): KyselyPlugin => ({
      transformQuery: ({ node }) => node,
      transformResult: async ({ result }) => ({
        ...result,
        rows: result.rows.map((row) => ({
          ...row,
          marks: [...((row['marks'] as string[] | undefined) ?? []), name],
        })),
      }),
    })
    const marked = session.withPlugin(mark('a')).withPlugin(mark('b'))
    const query = (queries: Kysely<TestTables>) => queries.selectNoFrom(sql<number>`1`.as('one')).execute()
    expect(await query(marked)).toEqual([{ one: 1, marks: ['a', 'b'] }])
    expect(await query(marked.withoutPlugins())).toEqual([{ one: 1 }])
    expect(await query(session)).toEqual([{ one: 1 }])
  })
})

describe('Session.connection', () => {
  it('gives a Kysely on the session’s own connection', async () => {
    const { database, proxy } = await openThroughProxy(cloned.url)
    await using session = database.session()
    await session.insertInto('person').values({ name: 'Ada' }).execute()
    expect(await session.connection().execute((queries) => countPeople(queries))).toBe(1)
    expect(proxy.accepted).toBe(1)
    expect(session.state).toBe('active')
  })
})

describe('Session.schema and Session.introspection', () => {
  it('create inside the transaction, see what was created, and undo it', async () => {
    const database = openDatabase(cloned.url)
    await using session = database.session()
    await session.schema.createTable('draft').addColumn('id', 'integer').execute()
    const inside = await session.introspection.getTables()
    expect(inside.map(({ name }) => name)).toEqual(expect.arrayContaining(['person', 'draft']))
    expect((await session.introspection.getSchemas()).map(({ name }) => name)).toContain('other')
    const outside = await database.kysely.introspection.getTables()
    expect(outside.map(({ name }) => name)).not.toContain('draft')
    await session.rollback()
    const afterwards = await session.introspection.getTables()
    expect(afterwards.map(({ name }) => name)).not.toContain('draft')
  })
})

describe('Session: errors of statements', () => {
  it('have a stack that names the caller, not the socket', async () => {
    const database = openDatabase(cloned.url)
    await using session = database.session()
    const failing = async function theCaller(): Promise<void> {
      await session
        .selectFrom('nowhere' as 'person')
        .selectAll()
        .execute()
    }
    const error = (await failureOf(failing())) as Error
    expect(error).toMatchObject({ sqlState: '42P01' })
    expect(error.stack).toContain('session-as-kysely.test.ts')
    expect(error.cause).toMatchObject({ code: '42P01' })
  })
})
