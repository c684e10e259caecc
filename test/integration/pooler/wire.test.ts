import { sql, type Generated } from 'kysely'
import { afterEach, describe, expect, it } from 'vitest'
import { initializeDatabase } from '../../../src/database/initialize-database.js'
import { Metadata } from '../../../src/metadata/metadata.js'
import { bigint, integer } from '../../../src/metadata/number-columns.js'
import { table } from '../../../src/metadata/table.js'
import { text } from '../../../src/metadata/text-columns.js'
import { cloneDatabase } from '../../support/clone-database.js'
import { failureOf } from '../session/failure-of.js'
import { openBehindPooler } from './open-behind-pooler.js'

const cloned = cloneDatabase()

interface DB {
  account: { id: number; balance: number }
  person: { id: Generated<bigint>; name: string }
  growing: { a: number }
}

const open = openBehindPooler<DB>(cloned)

const songs = table('songs', {
  id: bigint().identity().primaryKey(),
  name: text().notNull(),
  plays: integer().notNull().default(0),
})
const metadata = new Metadata({ schema: 'music', tables: { songs } })

afterEach(async () => {
  await cloned.query('delete from person; drop schema if exists music cascade')
})

describe('A connection to a transaction pooler', () => {
  it('is refused at once where the option is missing, and the error says to use it', async () => {
    const { database } = await open({ pooler: undefined, pool: { acquireTimeoutMillis: 60_000 } })
    expect(await failureOf(sql`select 1`.execute(database.kysely))).toMatchObject({
      code: 'CONNECTION_FAILED',
      message: expect.stringMatching(/08P01, unsupported startup parameter: \w+/),
      hint: expect.stringContaining("pooler: 'transaction'"),
    })
  })

  it('is opened with nothing that a pooler refuses', async () => {
    const { database, proxy } = await open()
    await sql`select 1`.execute(database.kysely)
    const startup = proxy.recorder.events.find(({ message }) => message.name === 'StartupMessage')
    expect(Object.keys(startup?.message.parameters ?? {}).sort()).toEqual([
      'application_name',
      'client_encoding',
      'database',
      'user',
    ])
  })

  it('carries statements without names only, and no setting beyond a transaction', async () => {
    const { database, proxy } = await open()
    await initializeDatabase(database)
    await database.begin(async (session) => {
      await session.selectFrom('account').selectAll().execute()
      await session.beginNested((nested) => nested.insertInto('person').values({ name: 'Ada' }).execute())
    })
    const tenant = database.with({ schema: 'public', settings: { 'app.tenant_id': 'acme' } })
    await tenant.begin((session) => session.selectFrom('account').selectAll().execute())
    await using alone = tenant.session({ isolationLevel: 'autocommit' })
    await alone.selectFrom('account').selectAll().execute()
    await database.kysely.selectFrom('account').selectAll().execute()
    const { boundNames, executedSql } = proxy.recorder
    expect(boundNames.length).toBeGreaterThan(10)
    expect(new Set(boundNames)).toEqual(new Set(['']))
    const settings = executedSql.filter((ran) => /\bset\b|set_config/i.test(ran))
    expect(settings.length).toBeGreaterThan(3)
    for (const ran of settings)
      expect(ran).toMatch(/^(?:select (?:[\w.]*set_config\([^()]*, true\)(?:, )?)+)$/)
  })

  it('reads columns that have changed, wherever in a transaction', async () => {
    const { database } = await open()
    await cloned.query('drop table if exists growing; create table growing as select 1 as a')
    const read = () => database.kysely.selectFrom('growing').selectAll().execute()
    await Promise.all([read(), read()])
    await using session = database.session()
    await session.selectFrom('growing').selectAll().execute()
    await session.commit()
    await sql`select 1`.execute(session)
    await cloned.query('alter table growing add column b integer')
    expect(await session.selectFrom('growing').selectAll().execute()).toEqual([{ a: 1, b: null }])
    expect(await read()).toEqual([{ a: 1, b: null }])
  })
})

describe('initializeDatabase through a transaction pooler', () => {
  it('creates everything once when many start at once, on fewer server connections than they are', async () => {
    const instances = await Promise.all(Array.from({ length: 5 }, () => open({ metadata })))
    const reports = await Promise.all(instances.map(({ database }) => initializeDatabase(database)))
    expect(reports.filter(({ created }) => created.includes('music.songs'))).toHaveLength(1)
    expect(reports.filter(({ existing }) => existing.includes('music.songs'))).toHaveLength(4)
  })
})

describe('Bulk work through a transaction pooler', () => {
  it('copies rows in, and streams them out through a cursor', async () => {
    const { database } = await open({ metadata })
    await database.createAll()
    const rows = Array.from({ length: 2_500 }, (_, index) => ({
      name: `song ${String(index)}`,
      plays: index,
    }))
    await database.begin(async (session) => {
      const report = await session.bulkInsert(songs, rows, { method: 'copy', chunkSize: 1_000 })
      expect(report).toMatchObject({ written: 2_500, copied: 2_500 })
    })
    await using session = database.session()
    let next = 0
    const inOrder = sql<{ plays: number }>`select plays from songs order by plays`
    for await (const { plays } of session.stream(inOrder, { chunkSize: 100 })) expect(plays).toBe(next++)
    expect(next).toBe(2_500)
  })
})
