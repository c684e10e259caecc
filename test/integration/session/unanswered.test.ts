import { sql } from 'kysely'
import { afterEach, describe, expect, it } from 'vitest'
import { DisconnectedError } from '../../../src/errors/operational-error.js'
import { CommitUnknownError } from '../../../src/errors/transaction-error.js'
import { cloneDatabase } from '../../support/clone-database.js'
import { failureOf } from './failure-of.js'
import { openThroughProxy } from './open-through-proxy.js'

const cloned = cloneDatabase()

/** What a black hole has left on the server. */
afterEach(async () => {
  await cloned.query(
    `select pg_terminate_backend(pid) from pg_stat_activity where pid <> pg_backend_pid() and datname = current_database()`,
  )
})

/** The server gives a statement 200 ms; the package gives its answer 5 s more. */
const SHORT = { session: { statementTimeoutMillis: 200 } }

// The network loses what was sent, or the answer, and tells nobody: TCP says so after a quarter of an hour (E5).
describe('A connection that has fallen silent', () => {
  it('is given up when ROLLBACK is not answered, and rollback() resolves', async () => {
    const { database, proxy } = await openThroughProxy(cloned.url)
    await using session = database.session()
    await session.insertInto('person').values({ name: 'Ada' }).execute()
    proxy.blackHoleAll()
    await session.rollback()
    expect(session.state).toBe('idle')
    expect(database.engine.stats()).toMatchObject({ inUse: 0, destroyed: 1 })
    await sql`select 1`.execute(session)
  })

  it('is given up when ROLLBACK TO SAVEPOINT is not answered', async () => {
    const { database, proxy } = await openThroughProxy(cloned.url)
    await using session = database.session()
    const thrown = new Error('the work itself')
    const work = session.beginNested(async () => {
      await session.insertInto('person').values({ name: 'Ada' }).execute()
      proxy.blackHoleAll()
      throw thrown
    })
    expect(await failureOf(work)).toBe(thrown)
    expect(session.state).toBe('invalid')
    expect(database.engine.stats()).toMatchObject({ inUse: 0, destroyed: 1 })
  })

  it('is given up when RELEASE SAVEPOINT is not answered', async () => {
    const { database, proxy } = await openThroughProxy(cloned.url, SHORT)
    await using session = database.session()
    const work = session.beginNested(async () => {
      await session.insertInto('person').values({ name: 'Ada' }).execute()
      proxy.blackHoleAll()
    })
    expect(await failureOf(work)).toBeInstanceOf(DisconnectedError)
    expect(session.state).toBe('invalid')
    expect(database.engine.stats()).toMatchObject({ inUse: 0, destroyed: 1 })
  })

  it('is given up when the reset of what a session left is not answered: the next one gets another', async () => {
    const pool = { size: 1, maxOverflow: 0, acquireTimeoutMillis: 60_000 }
    const { database, proxy } = await openThroughProxy(cloned.url, { pool })
    proxy.intercept({ direction: 'toServer', text: /^reset all/ }, 'blackHole')
    await using session = database.session()
    await sql`set work_mem = '7777kB'`.execute(session)
    await session.commit()
    const { rows } = await sql<{ is: string }>`select current_setting('work_mem') as is`.execute(session)
    expect(rows).not.toEqual([{ is: '7777kB' }])
    expect(database.engine.stats()).toMatchObject({ opened: 2 })
  })

  it('is given up soon when the session was aborted', async () => {
    const { database, proxy } = await openThroughProxy(cloned.url)
    const session = database.session()
    await session.insertInto('person').values({ name: 'Ada' }).execute()
    proxy.blackHoleAll()
    const startedAt = performance.now()
    await session.abort()
    expect(performance.now() - startedAt).toBeLessThan(4_900)
    expect(database.engine.stats()).toMatchObject({ inUse: 0, destroyed: 1 })
  })

  it('is given up when a statement is not answered long after the server’s own limit for it', async () => {
    const { database, proxy } = await openThroughProxy(cloned.url, SHORT)
    await using session = database.session()
    await session.insertInto('person').values({ name: 'Ada' }).execute()
    proxy.blackHoleAll()
    const error = await failureOf(sql`select 1`.execute(session))
    expect(error).toBeInstanceOf(DisconnectedError)
    const [, waitedMillis] = /did not answer a statement within (\d+) ms/.exec((error as Error).message) ?? []
    expect(Number(waitedMillis)).toBeGreaterThanOrEqual(5_200)
    expect(database.engine.stats()).toMatchObject({ inUse: 0, destroyed: 1 })
  })

  it('costs the first statement of a transaction nothing but time: it leaves again on another', async () => {
    const { database, proxy } = await openThroughProxy(cloned.url, SHORT)
    await sql`select 1`.execute(database.kysely)
    proxy.blackHoleAll()
    await using session = database.session()
    const { rows } = await sql<{ one: number }>`select 1 as one`.execute(session)
    expect(rows).toEqual([{ one: 1 }])
  })

  it('leaves the outcome of a statement unknown in an autocommit session', async () => {
    const { database, proxy } = await openThroughProxy(cloned.url, SHORT)
    await using session = database.session({ isolationLevel: 'autocommit' })
    await session.insertInto('person').values({ name: 'Ada' }).execute()
    proxy.intercept({ direction: 'toServer', name: ['Bind', 'Query'] }, 'blackHole')
    const error = await failureOf(session.insertInto('person').values({ name: 'Bob' }).execute())
    expect(error).toBeInstanceOf(CommitUnknownError)
    expect(database.engine.stats()).toMatchObject({ inUse: 0 })
  })

  it('leaves the outcome of a statement unknown outside any session', async () => {
    const { database, proxy } = await openThroughProxy(cloned.url, SHORT)
    await sql`select 1`.execute(database.kysely)
    proxy.intercept({ direction: 'toServer', name: ['Bind', 'Query'] }, 'blackHole')
    const error = await failureOf(sql`insert into person (name) values ('Bob')`.execute(database.kysely))
    expect(error).toBeInstanceOf(CommitUnknownError)
    expect(database.engine.stats()).toMatchObject({ inUse: 0 })
  })

  it.each([
    ['by a setting', sql`set local statement_timeout = 0`],
    ['by a function', sql`select set_config('statement_timeout', '0', true)`],
  ])('is waited for when the program itself has lifted the server’s limit %s', async (_, lift) => {
    const { database } = await openThroughProxy(cloned.url, SHORT)
    await using session = database.session()
    await lift.execute(session)
    await sql`select pg_sleep(5.9)`.execute(session)
    expect(database.engine.stats()).toMatchObject({ inUse: 1, destroyed: 0 })
  })
})
