import { sql } from 'kysely'
import { setTimeout as sleep } from 'node:timers/promises'
import { beforeEach, describe, expect, it } from 'vitest'
import { DisconnectedError } from '../../../src/errors/operational-error.js'
import { CommitRolledBackError, CommitUnknownError } from '../../../src/errors/transaction-error.js'
import type { Session } from '../../../src/session/session.js'
import { cloneDatabase } from '../../support/clone-database.js'
import { failureOf } from './failure-of.js'
import { COMMIT_ASKED, COMMIT_DONE, openThroughProxy } from './open-through-proxy.js'
import { openDatabase, type TestTables } from './open-database.js'

const cloned = cloneDatabase()

beforeEach(async () => {
  await cloned.query('delete from person')
})

const names = async () =>
  (await cloned.query<{ name: string }>('select name from person')).map(({ name }) => name)

async function insert(session: Session<TestTables>, name: string): Promise<void> {
  await session.insertInto('person').values({ name }).execute()
}

describe('Session.commit when the connection is lost', () => {
  it.each(['reset', 'close'] as const)(
    'throws CommitUnknownError when the answer was lost by %s',
    async (fault) => {
      const { database, proxy } = await openThroughProxy(cloned.url)
      proxy.intercept(COMMIT_DONE, fault)
      await using session = database.session()
      await insert(session, 'Ada')
      const error = await failureOf(session.commit())
      expect(error).toBeInstanceOf(CommitUnknownError)
      expect((error as Error).cause).toBeInstanceOf(DisconnectedError)
      // 'aborted' would be a lie: the row is there.
      expect(['unknown', 'committed']).toContain((error as CommitUnknownError).outcome)
      expect((error as CommitUnknownError).isRetryable).toBe(false)
      expect(await names()).toEqual(['Ada'])
    },
  )

  it('throws CommitUnknownError when the request was lost on its way', async () => {
    const { database, proxy } = await openThroughProxy(cloned.url)
    proxy.intercept(COMMIT_ASKED, 'reset')
    await using session = database.session()
    await insert(session, 'Ada')
    const error = await failureOf(session.commit())
    expect(error).toBeInstanceOf(CommitUnknownError)
    expect(['unknown', 'aborted']).toContain((error as CommitUnknownError).outcome)
    await expect.poll(names).toEqual([])
  })

  it('leaves the session invalid, and rollback() revives it on another connection', async () => {
    const { database, proxy } = await openThroughProxy(cloned.url)
    proxy.intercept(COMMIT_DONE, 'reset')
    await using session = database.session()
    await insert(session, 'Ada')
    const error = await failureOf(session.commit())
    expect(session.state).toBe('invalid')
    expect(database.engine.stats()).toMatchObject({ inUse: 0, destroyed: 1 })
    expect(await failureOf(insert(session, 'Grace'))).toMatchObject({
      code: 'SESSION_STATE',
      state: 'invalid',
    })
    expect((await failureOf(insert(session, 'Grace'))) as Error).toHaveProperty(
      'cause',
      (error as Error).cause,
    )
    expect(await failureOf(session.commit())).toMatchObject({ code: 'SESSION_STATE' })
    await session.rollback()
    expect(session.state).toBe('idle')
    await insert(session, 'Barbara')
    await session.commit()
    expect(await names()).toEqual(['Ada', 'Barbara'])
    expect(proxy.accepted).toBe(2)
  })

  it('fails definitely when the connection was lost before COMMIT was sent', async () => {
    const { database, proxy, recorder } = await openThroughProxy(cloned.url)
    await using session = database.session()
    await insert(session, 'Ada')
    const [connection] = proxy.connections
    connection!.reset()
    await connection!.closed
    // The client hears of it in the same poll of its event loop, or in the next.
    await sleep(10)
    expect(await failureOf(session.commit())).toBeInstanceOf(CommitRolledBackError)
    expect(recorder.executedSql).not.toContain('commit')
    expect(await names()).toEqual([])
    await session.rollback()
    await insert(session, 'Grace')
    await session.commit()
    expect(await names()).toEqual(['Grace'])
  })

  it('fails definitely when a statement that it waited for lost the connection', async () => {
    const { database, proxy, recorder } = await openThroughProxy(cloned.url)
    await using session = database.session()
    await insert(session, 'Ada')
    const slow = failureOf(sql`select pg_sleep(5)`.execute(session))
    const committed = failureOf(session.commit())
    await expect.poll(() => recorder.executedSql.at(-1)).toMatch(/pg_sleep/)
    proxy.resetAll()
    const lost = await slow
    expect(lost).toBeInstanceOf(DisconnectedError)
    const error = await committed
    expect(error).toBeInstanceOf(CommitRolledBackError)
    expect((error as Error).cause).toBe(lost)
    expect(recorder.executedSql).not.toContain('commit')
    await cloned.query(
      `select pg_terminate_backend(pid) from pg_stat_activity where query like '%pg_sleep(5)'`,
    )
  })

  it('never says that a transaction without a COMMIT may have been committed', async () => {
    const { database, proxy } = await openThroughProxy(cloned.url)
    await using session = database.session()
    await insert(session, 'Ada')
    proxy.intercept({ direction: 'toClient', name: 'CommandComplete', text: /^INSERT/ }, 'reset')
    const error = await failureOf(insert(session, 'Grace'))
    expect(error).toBeInstanceOf(DisconnectedError)
    expect(error).not.toBeInstanceOf(CommitUnknownError)
    expect(session.state).toBe('invalid')
    expect(await names()).toEqual([])
  })
})

describe('Session when its backend is killed', () => {
  const kill = async () => {
    await cloned.query(
      `select pg_terminate_backend(pid) from pg_stat_activity
        where datname = current_database() and pid <> pg_backend_pid()`,
    )
  }

  it('fails the statement that runs, with the server’s reason, and lets rollback() revive it', async () => {
    const database = openDatabase(cloned.url)
    await using session = database.session()
    await insert(session, 'Ada')
    const slow = failureOf(sql`select pg_sleep(5)`.execute(session))
    await expect.poll(cloned.backends).toMatchObject([{ state: 'active' }])
    await kill()
    expect(await slow).toBeInstanceOf(DisconnectedError)
    expect(session.state).toBe('invalid')
    await session.rollback()
    await insert(session, 'Grace')
    await session.commit()
    expect(await names()).toEqual(['Grace'])
  })

  it('fails its next statement definitely, does not end the process, and stores nothing', async () => {
    const database = openDatabase(cloned.url)
    await using session = database.session()
    await insert(session, 'Ada')
    await kill()
    await expect.poll(cloned.backends).toEqual([])
    await sleep(20)
    expect(await failureOf(insert(session, 'Grace'))).toBeInstanceOf(DisconnectedError)
    expect(session.state).toBe('invalid')
    expect(database.engine.stats()).toMatchObject({ inUse: 0, destroyed: 1 })
    await session.rollback()
    expect(await names()).toEqual([])
  })

  it('lets rollback() and close() succeed: the server has rolled back by itself', async () => {
    const database = openDatabase(cloned.url)
    await using one = database.session()
    const two = database.session()
    await Promise.all([insert(one, 'Ada'), insert(two, 'Grace')])
    await kill()
    await expect.poll(cloned.backends).toEqual([])
    await one.rollback()
    await two.close()
    expect(one.state).toBe('idle')
    expect(two.state).toBe('closed')
    expect(database.engine.stats()).toMatchObject({ inUse: 0, idle: 0 })
    expect(await names()).toEqual([])
  })
})
