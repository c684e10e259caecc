import { sql, type Kysely } from 'kysely'
import { describe, expect, it } from 'vitest'
import type { CompiledQuery } from 'kysely'
import { ProtocolError, UniqueViolationError } from '../../../src/index.js'
import { cloneDatabase } from '../../support/clone-database.js'
import { openDatabase } from '../session/open-database.js'

const cloned = cloneDatabase()

describe('What came as JSON', () => {
  // S10: pg takes `{ text }` for a query; a value of a request must never become one.
  it.each([
    { text: 'delete from account' },
    { sql: 'delete from account', parameters: [] },
    { sql: 'delete from account', parameters: [], query: { kind: 'RawNode' } },
    { queryId: { queryId: 'x' }, sql: 'delete from account', parameters: [] },
    'delete from account',
    ['delete from account'],
  ])('is no query: %j', async (value) => {
    const database = openDatabase(cloned.url)
    await using session = database.session()
    const input = JSON.parse(JSON.stringify(value)) as CompiledQuery
    await expect(session.execute(input)).rejects.toMatchObject({ name: 'UsageError' })
    expect(database.engine.stats().acquired).toBe(0)
  })

  // S13: CVE-2026-44635 and CVE-2026-32763 were keys of JSON paths that ended their literal.
  it.each(["a'||(select 1)||'", "a'; drop table account; --", 'a"b', "'", "\\'"])(
    'is no SQL as a key of a JSON path: %j',
    async (key) => {
      const database = openDatabase(cloned.url)
      const documents = database.kysely as unknown as Kysely<{ document: { body: Record<string, string> } }>
      await cloned.query('drop table if exists document; create table document (body jsonb)')
      await cloned.query('insert into document values ($1)', [JSON.stringify({ [key]: 'found', a: 'other' })])
      const rows = await documents
        .selectFrom('document')
        .select((eb) => eb.ref('body', '->>').key(key).as('value'))
        .execute()
      expect(rows).toEqual([{ value: 'found' }])
      expect(await cloned.query('select 1 from account limit 1')).toBeDefined()
    },
  )
})

describe('A flood', () => {
  // S14: an error of a statement is no reason to open another connection.
  it('of violated constraints opens no new connections', async () => {
    const database = openDatabase(cloned.url, {
      pool: { size: 2, maxOverflow: 0, acquireTimeoutMillis: 60_000 },
    })
    await cloned.query('create table taken (id integer primary key); insert into taken values (1)')
    const outcomes = await Promise.allSettled(
      Array.from({ length: 300 }, () =>
        database.begin((session) => sql`insert into taken values (1)`.execute(session)),
      ),
    )
    const reasons = outcomes.map(
      (outcome) => (outcome.status === 'rejected' ? outcome.reason : undefined) as unknown,
    )
    expect(reasons.every((reason) => UniqueViolationError.is(reason))).toBe(true)
    expect(database.engine.stats()).toMatchObject({ destroyed: 0, acquired: 300, released: 300 })
  })

  // S15: notices are nobody's result, and must not be kept.
  it('of notices is passed over', async () => {
    const database = openDatabase(cloned.url)
    await database.begin(async (session) => {
      await sql`do $$ begin for i in 1..50000 loop raise notice 'notice % %', i, repeat('x', 100); end loop; end $$`.execute(
        session,
      )
      const { rows } = await sql<{ one: number }>`select 1 as one`.execute(session)
      expect(rows).toEqual([{ one: 1 }])
    })
  })
})

describe('An answer of unusual size', () => {
  // S15: as many as PostgreSQL can send.
  it('may have 1,664 columns', async () => {
    const database = openDatabase(cloned.url)
    const columns = Array.from({ length: 1_664 }, (_, index) => `${index} as c${index}`).join(', ')
    const { rows } = await database.begin((session) =>
      sql<Record<string, number>>`select ${sql.raw(columns)}`.execute(session),
    )
    expect(Object.entries(rows[0] ?? {})).toHaveLength(1_664)
    expect(rows[0]?.['c1663']).toBe(1_663)
  })

  it('fails as an error when it is larger than allowed, and the next session is served', async () => {
    const database = openDatabase(cloned.url, { maxMessageBytes: 2 ** 20 })
    const work = database.begin((session) => sql`select repeat('x', 2000000) as x`.execute(session))
    await expect(work).rejects.toBeInstanceOf(ProtocolError)
    const { rows } = await database.begin((session) =>
      sql<{ length: number }>`select length(repeat('x', 500000))`.execute(session),
    )
    expect(rows).toEqual([{ length: 500_000 }])
    expect(database.engine.stats()).toMatchObject({ inUse: 0 })
  })
})
