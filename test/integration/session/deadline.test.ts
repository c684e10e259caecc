import { sql } from 'kysely'
import { getEventListeners } from 'node:events'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import { OperationAbortedError } from '../../../src/errors/operational-error.js'
import { CommitRolledBackError } from '../../../src/errors/transaction-error.js'
import { SessionClosedError } from '../../../src/errors/usage-error.js'
import { cloneDatabase } from '../../support/clone-database.js'
import { failureOf, outcomeOf } from './failure-of.js'
import { openDatabase } from './open-database.js'
import { COMMIT_DONE, openThroughProxy } from './open-through-proxy.js'
import { storedNames } from './stored-names.js'

const cloned = cloneDatabase()

beforeEach(async () => {
  await cloned.query('delete from person')
})

const names = () => storedNames(cloned)

describe('Session with deadlineMillis', () => {
  it('cancels the statement that runs then, rolls back, closes and gives the connection back', async () => {
    const database = openDatabase(cloned.url)
    const session = database.session({ deadlineMillis: 3_000 })
    await session.insertInto('person').values({ name: 'Ada' }).execute()
    const startedAt = performance.now()
    const error = await failureOf(sql`select pg_sleep(20)`.execute(session))
    expect(performance.now() - startedAt).toBeLessThan(15_000)
    expect(error).toBeInstanceOf(OperationAbortedError)
    expect(error).toMatchObject({ phase: 'query' })
    await expect.poll(() => session.state).toBe('closed')
    await expect.poll(() => database.engine.stats()).toMatchObject({ inUse: 0 })
    expect(await failureOf(sql`select 1`.execute(session))).toBeInstanceOf(SessionClosedError)
    expect(await names()).toEqual([])
  })

  it('tells the server too, in the round trip of BEGIN: it works no longer than what is left', async () => {
    const { database, recorder } = await openThroughProxy(cloned.url)
    await database.begin((session) => sql`select 1`.execute(session))
    recorder.clear()
    await using session = database.session({ deadlineMillis: 5_000 })
    const { rows } = await sql<{ setting: string }>`
      select setting from pg_settings where name = 'statement_timeout'`.execute(session)
    expect(Number(rows[0]!.setting)).toBeGreaterThan(3_000)
    expect(Number(rows[0]!.setting)).toBeLessThanOrEqual(5_250)
    expect(recorder.roundTrips).toBe(1)
  })

  it('ends a wait for the pool, and says that it was in phase acquire', async () => {
    const database = openDatabase(cloned.url, { pool: { size: 1, maxOverflow: 0 } })
    await using holder = database.session()
    await sql`select 1`.execute(holder)
    const session = database.session({ deadlineMillis: 50 })
    const error = await failureOf(session.insertInto('person').values({ name: 'Ada' }).execute())
    expect(error).toBeInstanceOf(OperationAbortedError)
    expect(error).toMatchObject({ phase: 'acquire' })
    expect(database.engine.stats().waiting).toBe(0)
    await session.close()
  })

  it('counts from the opening, also while nothing is asked of the session', async () => {
    const database = openDatabase(cloned.url)
    const session = database.session({ deadlineMillis: 20 })
    await vi.waitFor(() => expect(session.state).toBe('closed'), { timeout: 10_000 })
    expect(session.signal.aborted).toBe(true)
  })

  it('never ends a COMMIT that was sent: its result stands', async () => {
    const { database, proxy, recorder } = await openThroughProxy(cloned.url)
    const session = database.session({ deadlineMillis: 3_000 })
    await session.insertInto('person').values({ name: 'Ada' }).execute()
    const hold = proxy.intercept(COMMIT_DONE, 'hold')
    const committed = session.commit()
    await hold.firstHit
    await new Promise((resolve) => setTimeout(resolve, 3_300))
    hold.release()
    await committed
    await expect.poll(() => session.state).toBe('closed')
    expect(recorder.events.some(({ message }) => message.name === 'CancelRequest')).toBe(false)
    expect(await names()).toEqual(['Ada'])
  })

  it('ends a session that does nothing, and its transaction with it', async () => {
    const { database, recorder } = await openThroughProxy(cloned.url)
    const session = database.session({ deadlineMillis: 2_000 })
    await session.insertInto('person').values({ name: 'Ada' }).execute()
    await expect.poll(() => session.state).toBe('closed')
    await expect.poll(() => database.engine.stats().inUse).toBe(0)
    expect(recorder.executedSql.at(-1)).toBe('rollback')
    expect(await outcomeOf(session.commit())).toBeInstanceOf(SessionClosedError)
  })
})

describe('Session with a signal', () => {
  it('ends when the signal is aborted, with its reason as cause', async () => {
    const database = openDatabase(cloned.url)
    const controller = new AbortController()
    const session = database.session({ signal: controller.signal })
    await session.insertInto('person').values({ name: 'Ada' }).execute()
    const sleeping = failureOf(sql`select pg_sleep(20)`.execute(session))
    const reason = new Error('the client went away')
    setTimeout(() => controller.abort(reason), 20)
    expect(await sleeping).toBeInstanceOf(OperationAbortedError)
    expect(await sleeping).toHaveProperty('cause', reason)
    await expect.poll(() => database.engine.stats()).toMatchObject({ inUse: 0 })
    expect(await names()).toEqual([])
  })

  it('stores nothing when the signal was aborted before', async () => {
    const database = openDatabase(cloned.url)
    const session = database.session({ signal: AbortSignal.abort() })
    await outcomeOf(session.insertInto('person').values({ name: 'Ada' }).execute())
    expect(await outcomeOf(session.commit())).toBeInstanceOf(SessionClosedError)
    await expect.poll(() => database.engine.stats()).toMatchObject({ inUse: 0, waiting: 0 })
    expect(await names()).toEqual([])
  })

  it('stops listening to the signal when it is closed, however it ended', async () => {
    const database = openDatabase(cloned.url)
    const { signal } = new AbortController()
    for (const end of ['commit', 'rollback', 'close', 'abort'] as const) {
      const session = database.session({ signal, deadlineMillis: 60_000 })
      await sql`select 1`.execute(session)
      await session[end]()
      await session.close()
    }
    await database.begin((session) => sql`select 1`.execute(session), { signal })
    expect(getEventListeners(signal, 'abort')).toEqual([])
    expect(process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length).toBeLessThan(4)
  })
})

describe('Session.abort at the last moment', () => {
  it('commits nothing when the statement that commit() waits for was answered after all', async () => {
    const { database, proxy, recorder } = await openThroughProxy(cloned.url)
    const session = database.session()
    await sql`select 1`.execute(session)
    const hold = proxy.intercept({ direction: 'toClient', name: 'CommandComplete', text: /^INSERT/ }, 'hold')
    const inserted = outcomeOf(session.insertInto('person').values({ name: 'Ada' }).execute())
    const committed = outcomeOf(session.commit())
    await hold.firstHit
    const aborted = session.abort()
    await expect
      .poll(() => recorder.events.some(({ message }) => message.name === 'CancelRequest'))
      .toBe(true)
    hold.release()
    await aborted
    await inserted
    expect(await committed).toBeInstanceOf(CommitRolledBackError)
    expect(recorder.executedSql).not.toContain('commit')
    expect(await names()).toEqual([])
  })

  it('settles everything when the server does not react while commit() waits for the begin group', async () => {
    const { database, proxy, recorder } = await openThroughProxy(cloned.url)
    await database.begin((warm) => sql`select 1`.execute(warm))
    const session = database.session()
    const inserted = outcomeOf(sql`insert into person (name) select 'Ada' from pg_sleep(20)`.execute(session))
    const committed = outcomeOf(session.commit())
    await expect.poll(() => recorder.executedSql.at(-1)).toMatch(/pg_sleep/)
    proxy.blackHoleAll()
    await session.abort()
    expect(await inserted).toBeInstanceOf(OperationAbortedError)
    expect(await committed).toBeInstanceOf(CommitRolledBackError)
    expect(session.state).toBe('closed')
    expect(database.engine.stats()).toMatchObject({ inUse: 0, waiting: 0 })
    await cloned.query(
      `select pg_terminate_backend(pid) from pg_stat_activity where query like '%pg_sleep(20)%' and pid <> pg_backend_pid()`,
    )
  })
})
