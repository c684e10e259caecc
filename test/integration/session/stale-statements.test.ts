import { sql } from 'kysely'
import { beforeEach, describe, expect, it } from 'vitest'
import { cloneDatabase } from '../../support/clone-database.js'
import { failureOf } from './failure-of.js'
import { openDatabase } from './open-database.js'
import { openThroughProxy, type ProxiedDatabase } from './open-through-proxy.js'

const cloned = cloneDatabase()

beforeEach(async () => {
  await cloned.query(
    'drop table if exists growing; create table growing as select 1 as a; delete from person',
  )
})

/** One connection on which `select * from growing` is prepared. */
async function openPrepared(): Promise<ProxiedDatabase> {
  const opened = await openThroughProxy(cloned.url, { pool: { size: 1, maxOverflow: 0 } })
  await opened.database.begin((session) => sql`select * from growing`.execute(session))
  await sql`select * from growing`.execute(opened.database.kysely)
  opened.recorder.clear()
  return opened
}

describe('A statement that was prepared before its columns changed', () => {
  it('is prepared again when it begins a transaction, and nobody notices', async () => {
    const { database, recorder } = await openPrepared()
    await cloned.query('alter table growing add column b integer')
    const rows = await database.begin((session) => sql`select * from growing`.execute(session))
    expect(rows.rows).toEqual([{ a: 1, b: null }])
    expect(recorder.roundTrips).toBe(3)
    expect(database.engine.stats()).toMatchObject({ opened: 1, destroyed: 0 })
  })

  it('is prepared again outside a transaction too', async () => {
    const { database } = await openPrepared()
    await cloned.query('alter table growing add column b integer')
    expect((await sql`select * from growing`.execute(database.kysely)).rows).toEqual([{ a: 1, b: null }])
  })

  it('is prepared again in a session without transactions, with what begins its statements too', async () => {
    const { database, recorder } = await openPrepared()
    for (const options of [{}, { settings: { 'app.tenant_id': 'acme' } }]) {
      await cloned.query('alter table growing drop column if exists b')
      await using session = database.session({ isolationLevel: 'autocommit', ...options })
      const read = () => sql`select * from growing`.execute(session)
      expect((await read()).rows).toEqual([{ a: 1 }])
      await cloned.query('alter table growing add column b integer')
      recorder.clear()
      expect((await read()).rows).toEqual([{ a: 1, b: null }])
      expect(recorder.roundTrips).toBe(2)
    }
    expect(database.engine.stats()).toMatchObject({ opened: 1, destroyed: 0 })
  })

  it('stores once what stood in front of it', async () => {
    const { database } = await openPrepared()
    await cloned.query('alter table growing add column b integer')
    await using session = database.session()
    const [, rows] = await Promise.all([
      session.insertInto('person').values({ name: 'Ada' }).execute(),
      sql`select * from growing`.execute(session),
      session.insertInto('person').values({ name: 'Grace' }).execute(),
    ])
    await session.commit()
    expect(rows.rows).toEqual([{ a: 1, b: null }])
    expect(await cloned.query('select name from person order by id')).toEqual([
      { name: 'Ada' },
      { name: 'Grace' },
    ])
  })

  it('fails a transaction that has begun, truthfully, and works in the next one', async () => {
    const { database } = await openPrepared()
    await using session = database.session()
    await sql`select 1`.execute(session)
    await cloned.query('alter table growing add column b integer')
    expect(await failureOf(sql`select * from growing`.execute(session))).toMatchObject({ sqlState: '0A000' })
    expect(session.state).toBe('aborted')
    await session.rollback()
    expect((await sql`select * from growing`.execute(session)).rows).toEqual([{ a: 1, b: null }])
  })

  it('is prepared again on each connection of a pool', async () => {
    const database = openDatabase(cloned.url, { pool: { size: 5, maxOverflow: 0 } })
    const readAll = () =>
      Promise.all(
        Array.from({ length: 5 }, () =>
          database.begin(async (session) => {
            const { rows } = await sql`select * from growing`.execute(session)
            await sql`select pg_sleep(0.02)`.execute(session)
            return rows
          }),
        ),
      )
    await readAll()
    await cloned.query('alter table growing add column b integer')
    for (const rows of await readAll()) expect(rows).toEqual([{ a: 1, b: null }])
    expect(database.engine.stats()).toMatchObject({ opened: 5, destroyed: 0 })
  })

  it('is not repeated for ever: a feature that the server lacks stays an error', async () => {
    const { database, recorder } = await openPrepared()
    const raise = () => sql`select raise_unsupported(a) from growing`
    await cloned.query(`create or replace function raise_unsupported(a int) returns int language plpgsql as
      $$ begin if a > 1 then raise exception using errcode = '0A000'; end if; return a; end $$`)
    await database.begin((session) => raise().execute(session))
    await cloned.query('update growing set a = 2')
    recorder.clear()
    expect(await failureOf(database.begin((session) => raise().execute(session)))).toMatchObject({
      sqlState: '0A000',
    })
    expect(recorder.executedSql.filter((text) => text.includes('raise_unsupported'))).toHaveLength(2)
  })
})

describe('Statements that the server has forgotten', () => {
  it.each(['deallocate all', 'discard all'])('are prepared again after %s', async (command) => {
    const { database } = await openPrepared()
    await sql.raw(command).execute(database.kysely)
    const { rows } = await database.begin((session) => sql`select * from growing`.execute(session))
    expect(rows).toEqual([{ a: 1 }])
    expect((await sql`select * from growing`.execute(database.kysely)).rows).toEqual([{ a: 1 }])
    expect(database.engine.stats()).toMatchObject({ opened: 1, destroyed: 0 })
  })

  it('are prepared again in a session without transactions, and store what they store once', async () => {
    const { database } = await openPrepared()
    for (const options of [{}, { lockTimeoutMillis: 1_000 }]) {
      await using session = database.session({ isolationLevel: 'autocommit', ...options })
      const insert = () => session.insertInto('person').values({ name: 'Ada' }).execute()
      await insert()
      await sql`deallocate all`.execute(database.kysely)
      await insert()
    }
    expect(await cloned.query('select name from person')).toHaveLength(4)
  })

  it('fail a transaction that has begun, once for all of them', async () => {
    const { database } = await openPrepared()
    await using session = database.session()
    await sql`deallocate all`.execute(session)
    expect(await failureOf(sql`select * from growing`.execute(session))).toMatchObject({ sqlState: '26000' })
    await session.rollback()
    expect((await sql`select * from growing`.execute(session)).rows).toEqual([{ a: 1 }])
  })

  it.each([
    ['transaction', undefined],
    ['autocommit session', 'autocommit'],
  ] as const)('are not sent again once the %s was given up', async (_, isolationLevel) => {
    const { database, proxy, recorder } = await openPrepared()
    await sql`deallocate all`.execute(database.kysely)
    recorder.clear()
    const session = database.session({ isolationLevel })
    const hold = proxy.intercept({ direction: 'toClient', name: 'ErrorResponse' }, 'hold')
    const read = failureOf(sql`select * from growing`.execute(session))
    await hold.firstHit
    const closed = session.close()
    hold.release()
    await Promise.all([closed, read])
    expect(recorder.executedSql.filter((text) => text.includes('growing'))).toHaveLength(1)
  })
})
