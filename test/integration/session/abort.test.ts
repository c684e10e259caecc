import { sql } from 'kysely'
import { beforeEach, describe, expect, it } from 'vitest'
import { DatabaseError } from '../../../src/errors/database-error.js'
import { OperationAbortedError } from '../../../src/errors/operational-error.js'
import { CommitRolledBackError } from '../../../src/errors/transaction-error.js'
import { SessionClosedError } from '../../../src/errors/usage-error.js'
import { cloneDatabase } from '../../support/clone-database.js'
import { failureOf, outcomeOf } from './failure-of.js'
import { openDatabase } from './open-database.js'
import { COMMIT_DONE, openThroughProxy } from './open-through-proxy.js'
import { skipIfCancelWasSlow } from './slow-machine.js'
import { storedNames } from './stored-names.js'

const cloned = cloneDatabase()

beforeEach(async () => {
  await cloned.query('delete from person')
})

const names = () => storedNames(cloned)

/** Resolves when the database under test runs a statement that sleeps. */
async function untilSleeping(): Promise<void> {
  await expect
    .poll(
      async () =>
        (await cloned.backends()).some(
          ({ state, query }) => state === 'active' && query.includes('pg_sleep'),
        ),
      { interval: 5 },
    )
    .toBe(true)
}

describe('Session.abort', () => {
  it('cancels the statement that runs, rolls back and gives the same connection back', async (context) => {
    const database = openDatabase(cloned.url, { pool: { size: 1, maxOverflow: 0 } })
    const session = database.session()
    await session.insertInto('person').values({ name: 'Ada' }).execute()
    const [backend] = await cloned.backends()
    const sleeping = outcomeOf(sql`select pg_sleep(20)`.execute(session))
    await untilSleeping()
    const startedAt = performance.now()
    await session.abort(new Error('the client went away'))
    expect(await sleeping).toBeInstanceOf(DatabaseError)
    expect(session.state).toBe('closed')
    skipIfCancelWasSlow(context, startedAt)
    expect(database.engine.stats()).toMatchObject({ inUse: 0, idle: 1, destroyed: 0 })
    await using next = database.session()
    expect(await names()).toEqual([])
    await sql`select 1`.execute(next)
    expect((await cloned.backends()).map(({ pid }) => pid)).toEqual([backend!.pid])
  })

  it('tells the cancelled statement why: aborted, in phase query, with the reason as cause', async () => {
    const database = openDatabase(cloned.url)
    const session = database.session()
    const sleeping = outcomeOf(sql`select pg_sleep(20)`.execute(session))
    await untilSleeping()
    const reason = new Error('the client went away')
    await session.abort(reason)
    const error = await sleeping
    expect(error).toBeInstanceOf(OperationAbortedError)
    expect(error).toMatchObject({ phase: 'query', cause: reason })
  })

  it('refuses what waits behind the running statement, with the reason as cause', async () => {
    const { database, recorder } = await openThroughProxy(cloned.url)
    const session = database.session()
    await sql`select 1`.execute(session)
    const sleeping = outcomeOf(sql`select pg_sleep(20)`.execute(session))
    await untilSleeping()
    const waiting = outcomeOf(session.insertInto('person').values({ name: 'Ada' }).execute())
    const reason = new Error('the client went away')
    await session.abort(reason)
    expect(await waiting).toBeInstanceOf(OperationAbortedError)
    expect(await waiting).toHaveProperty('cause', reason)
    await sleeping
    expect(recorder.executedSql.join()).not.toContain('insert')
  })

  it('ends a wait for the pool at once, and says that it was in phase acquire', async () => {
    const database = openDatabase(cloned.url, { pool: { size: 1, maxOverflow: 0 } })
    await using holder = database.session()
    await sql`select 1`.execute(holder)
    const session = database.session()
    const waiting = outcomeOf(session.insertInto('person').values({ name: 'Ada' }).execute())
    const startedAt = performance.now()
    await session.abort()
    expect(performance.now() - startedAt).toBeLessThan(4_000)
    expect(await waiting).toBeInstanceOf(OperationAbortedError)
    expect(await waiting).toHaveProperty('phase', 'acquire')
    expect(database.engine.stats().waiting).toBe(0)
  })

  it('waits for a COMMIT that was sent, never cancels it and leaves its result alone', async () => {
    const { database, proxy, recorder } = await openThroughProxy(cloned.url)
    const session = database.session()
    await session.insertInto('person').values({ name: 'Ada' }).execute()
    const hold = proxy.intercept(COMMIT_DONE, 'hold')
    const committed = session.commit()
    await hold.firstHit
    const aborted = session.abort()
    hold.release()
    await Promise.all([committed, aborted])
    expect(session.state).toBe('closed')
    expect(recorder.events.some(({ message }) => message.name === 'CancelRequest')).toBe(false)
    expect(await names()).toEqual(['Ada'])
  })

  it('cancels the statement that a commit() still waits for: no COMMIT was sent', async () => {
    const { database, recorder } = await openThroughProxy(cloned.url)
    const session = database.session()
    await session.insertInto('person').values({ name: 'Ada' }).execute()
    const sleeping = outcomeOf(sql`select pg_sleep(20)`.execute(session))
    const committed = outcomeOf(session.commit())
    await untilSleeping()
    const startedAt = performance.now()
    await session.abort()
    expect(performance.now() - startedAt).toBeLessThan(15_000)
    expect(await committed).toBeInstanceOf(CommitRolledBackError)
    await sleeping
    expect(recorder.executedSql).not.toContain('commit')
    expect(await names()).toEqual([])
  })

  it('ends the wait for the pool of a commit() that waits for its first statement', async () => {
    const database = openDatabase(cloned.url, {
      pool: { size: 1, maxOverflow: 0, acquireTimeoutMillis: 20_000 },
    })
    await using holder = database.session()
    await sql`select 1`.execute(holder)
    const session = database.session()
    const waiting = outcomeOf(session.insertInto('person').values({ name: 'Ada' }).execute())
    const committed = outcomeOf(session.commit())
    const startedAt = performance.now()
    await session.abort()
    expect(performance.now() - startedAt).toBeLessThan(10_000)
    expect(await committed).toBeInstanceOf(CommitRolledBackError)
    await waiting
    expect(session.state).toBe('closed')
  })

  it('destroys the connection when the server does not react, and resolves', async () => {
    const { database, proxy } = await openThroughProxy(cloned.url)
    const session = database.session()
    await session.insertInto('person').values({ name: 'Ada' }).execute()
    const sleeping = outcomeOf(sql`select pg_sleep(20)`.execute(session))
    await untilSleeping()
    proxy.blackHoleAll()
    const startedAt = performance.now()
    await session.abort()
    expect(performance.now() - startedAt).toBeLessThan(4_900)
    await sleeping
    expect(database.engine.stats()).toMatchObject({ inUse: 0, idle: 0, destroyed: 1 })
    expect(session.state).toBe('closed')
    expect(await names()).toEqual([])
    await cloned.query(
      `select pg_terminate_backend(pid) from pg_stat_activity where query like '%pg_sleep(20)%' and pid <> pg_backend_pid()`,
    )
  })

  it('rolls back a session that runs nothing', async () => {
    const { database, recorder } = await openThroughProxy(cloned.url)
    const session = database.session()
    await session.insertInto('person').values({ name: 'Ada' }).execute()
    recorder.clear()
    await session.abort()
    expect(recorder.executedSql).toEqual(['rollback'])
    expect(database.engine.stats()).toMatchObject({ inUse: 0, idle: 1 })
    expect(await names()).toEqual([])
  })

  it('does nothing to an idle session but close it, and nothing to a closed one', async () => {
    const database = openDatabase(cloned.url)
    const session = database.session()
    await session.abort()
    expect(session.state).toBe('closed')
    await session.abort()
    expect(database.engine.stats().acquired).toBe(0)
    const error = await failureOf(sql`select 1`.execute(session))
    expect(error).toBeInstanceOf(SessionClosedError)
    expect((error as Error).message).toMatch(/aborted.*abort\.test\.ts:\d+/)
  })

  it('hits no later statement of the same connection with its cancel request', async () => {
    const database = openDatabase(cloned.url, { pool: { size: 1, maxOverflow: 0 } })
    for (let round = 0; round < 30; round++) {
      const session = database.session()
      const brief = sql`select pg_sleep(${round / 10_000})`.execute(session).catch(() => undefined)
      await sql`select 1`.execute(session).catch(() => undefined)
      await session.abort()
      await brief
      await using next = database.session()
      await sql`select pg_sleep(0.001)`.execute(next)
    }
  })
})
