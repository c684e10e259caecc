import { CamelCasePlugin, sql, type Kysely } from 'kysely'
import { beforeEach, describe, expect, it } from 'vitest'
import { AsyncDatabase } from '../../../src/database/async-database.js'
import { UsageError } from '../../../src/errors/usage-error.js'
import { Metadata } from '../../../src/metadata/metadata.js'
import { bigintNumber, integer } from '../../../src/metadata/number-columns.js'
import { table } from '../../../src/metadata/table.js'
import { text } from '../../../src/metadata/text-columns.js'
import { jsonb } from '../../../src/metadata/value-columns.js'
import { prepareQuery } from '../../../src/session/prepare-query.js'
import { cloneDatabase } from '../../support/clone-database.js'
import { via } from '../../support/via.js'
import { openDatabase, type TestTables } from './open-database.js'
import { openThroughProxy } from './open-through-proxy.js'

const cloned = cloneDatabase()

let built = 0
const byId = prepareQuery<{ id: number }>()((db: Kysely<TestTables>, param) => {
  built++
  return db.selectFrom('account').select(['id', 'balance']).where('id', '=', param('id'))
})

beforeEach(async () => {
  built = 0
  await cloned.query('delete from person')
})

describe('prepareQuery', () => {
  it('builds a query once for each database, and runs it with other values', async () => {
    const database = openDatabase(cloned.url)
    const other = openDatabase(cloned.url)
    expect(built).toBe(0)
    const session = database.session()
    expect((await session.execute(byId, { id: 1 })).one()).toEqual({ id: 1, balance: 1000 })
    expect((await session.execute(byId, { id: 2 })).one()).toEqual({ id: 2, balance: 1000 })
    await session.close()
    await using second = database.with({ statementTimeoutMillis: 1_000 }).session()
    expect((await second.execute(byId, { id: 3 })).one()).toEqual({ id: 3, balance: 1000 })
    expect(built).toBe(1)
    expect((await other.execute(byId, { id: 4 })).one()).toEqual({ id: 4, balance: 1000 })
    expect(built).toBe(2)
  })

  it('runs on a session, a database and a tenant view, each in its transaction and schema', async () => {
    await cloned.query(`drop schema if exists tenant cascade; create schema tenant;
      create table tenant.account (id integer primary key, balance integer not null);
      insert into tenant.account values (1, 7)`)
    const { database, recorder } = await openThroughProxy(cloned.url)
    const tenant = database.with({ schema: 'tenant' })
    expect((await database.execute(byId, { id: 1 })).one().balance).toBe(1000)
    expect((await tenant.execute(byId, { id: 1 })).one().balance).toBe(7)
    recorder.clear()
    await database.execute(byId, { id: 2 })
    expect(recorder.roundTrips).toBe(1)
    await using session = tenant.session()
    const [first, second] = await Promise.all([
      session.execute(byId, { id: 1 }),
      session.execute(byId, { id: 2 }),
    ])
    expect([first.one().balance, second.all()]).toEqual([7, []])
  })

  it('commits a change that is run outside a session', async () => {
    const database = openDatabase(cloned.url)
    const insert = database.prepareQuery<{ name: string; email: string | null }>()((db, param) =>
      db
        .insertInto('person')
        .values({ name: param('name'), email: param('email') })
        .returning('name'),
    )
    const result = await database.execute(insert, { name: 'Ada', email: null })
    expect([result.scalarOne(), result.rowCount]).toEqual(['Ada', 1])
    await expect(
      database.with({ readOnly: true }).execute(insert, { name: 'x', email: null }),
    ).rejects.toMatchObject({
      sqlState: '25006',
    })
    expect(await cloned.query('select name, email from person')).toEqual([{ name: 'Ada', email: null }])
  })

  it('takes parameters in any order, more than once, beside values of its own', async () => {
    const database = openDatabase(cloned.url)
    const query = database.prepareQuery<{ low: number; high: number; size: number }>()((db, param) =>
      db
        .selectFrom('account')
        .select((eb) => ['id', sql<number>`${param('high')}::int`.as('high'), eb.val('own').as('own')])
        .where((eb) => eb.between('id', param('low'), param('high')))
        .where('balance', '>=', 1000)
        .orderBy('id')
        .limit(param('size')),
    )
    const rows = (await database.execute(query, { size: 2, high: 9, low: 4 })).all()
    expect(rows).toEqual([
      { id: 4, high: 9, own: 'own' },
      { id: 5, high: 9, own: 'own' },
    ])
  })

  it('names a parameter that is missing, and sends nothing', async () => {
    const database = openDatabase(cloned.url)
    await using session = database.session()
    const missing = session.execute(byId, {} as never)
    await expect(missing).rejects.toThrow(UsageError)
    await expect(missing).rejects.toThrow('The parameter "id" of a prepared query was not given')
    await expect(session.execute(byId, { id: Symbol('x') } as never)).rejects.toThrow(UsageError)
    await expect(session.execute(byId, Object.create({ id: 1 }) as never)).rejects.toThrow(UsageError)
    expect(session.inTransaction).toBe(false)
  })

  it('refuses to run anything while it is built', async () => {
    const database = openDatabase(cloned.url)
    let running: Promise<unknown> = Promise.resolve()
    const query = database.prepareQuery<{ id: number }>()((db, param) => {
      running = db.selectFrom('account').selectAll().execute()
      running.catch(() => undefined)
      return db.selectFrom('account').selectAll().where('id', '=', param('id'))
    })
    await database.execute(query, { id: 1 })
    await expect(running).rejects.toThrow('A query was run where one is only built')
  })

  it('speaks the keys of the metadata, writes JSON and reads columns as declared', async () => {
    const notes = table('all_notes', {
      id: integer().identity().primaryKey(),
      noteText: text().named('note_text'),
      visits: bigintNumber(),
      tags: jsonb(),
    })
    const metadata = new Metadata({ tables: { notes } })
    const database = new AsyncDatabase<{ notes: { noteText: string; visits: number; tags: unknown } }>({
      ...via(cloned.url),
      metadata,
    })
    await database.createAll()
    const insert = database.prepareQuery<{ text: string; tags: unknown }>()((db, param) =>
      db
        .insertInto('notes')
        .values({ noteText: param('text'), visits: 5, tags: param('tags') })
        .returning(['noteText', 'visits', 'tags']),
    )
    for (const tags of [['a', 'b'], 'text', null, { deep: [1] }]) {
      const result = await database.execute(insert, { text: 'n', tags })
      expect(result.one()).toEqual({ noteText: 'n', visits: 5, tags })
    }
    await database.close()
  })

  it('goes through the plugins of the database', async () => {
    const plugins = [new CamelCasePlugin()]
    const database = openDatabase(cloned.url, { plugins }) as unknown as AsyncDatabase<{
      person: { name: string; createdAt: Date }
    }>
    await cloned.query("insert into person (name) values ('Ada')")
    const query = database.prepareQuery<{ name: string }>()((db, param) =>
      db.selectFrom('person').select('createdAt').where('name', '=', param('name')),
    )
    expect((await database.execute(query, { name: 'Ada' })).scalarOne()).toBeInstanceOf(Date)
  })

  it('tells who ran it when the server refuses it', async () => {
    const database = openDatabase(cloned.url)
    const query = database.prepareQuery<{ n: number }>()((_, param) => sql`select 1 / ${param('n')}::int`)
    await using session = database.session()
    const theCaller = async () => await session.execute(query, { n: 0 })
    const error = await theCaller().catch((reason: unknown) => reason as Error)
    expect(error).toMatchObject({ sqlState: '22012' })
    expect((error as Error).stack).toContain('theCaller')
    await session.rollback()
  })
})
