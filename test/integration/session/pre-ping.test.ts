import { beforeEach, describe, expect, it } from 'vitest'
import { DisconnectedError } from '../../../src/errors/operational-error.js'
import { DatabaseError } from '../../../src/errors/database-error.js'
import { CommitRolledBackError, CommitUnknownError } from '../../../src/errors/transaction-error.js'
import type { AsyncDatabase } from '../../../src/database/async-database.js'
import type { Session } from '../../../src/session/session.js'
import { cloneDatabase } from '../../support/clone-database.js'
import { failureOf } from './failure-of.js'
import { openDatabase, type TestTables } from './open-database.js'
import { openThroughProxy, type ProxiedDatabase } from './open-through-proxy.js'
import { storedNames } from './stored-names.js'

const cloned = cloneDatabase()

beforeEach(async () => {
  await cloned.query('delete from person')
})

const BEGIN_ASKED = { direction: 'toServer', name: 'Execute', text: /^begin/ } as const
const names = () => storedNames(cloned)

async function insert(session: Session<TestTables>, name: string): Promise<void> {
  await session.insertInto('person').values({ name }).execute()
}

/** Opens connections and gives them back, so that they lie idle in the pool. */
async function warm(database: AsyncDatabase<TestTables>, connections = 1): Promise<void> {
  const leases = await Promise.all(Array.from({ length: connections }, () => database.engine.acquire()))
  for (const lease of leases) lease.release()
}

/** Kills the idle backends, of which the client hears nothing before it writes to them. */
async function killUnheard({ proxy }: ProxiedDatabase): Promise<void> {
  for (const connection of proxy.connections) connection.shape('toClient', { isStalled: true })
  await cloned.query(
    `select pg_terminate_backend(pid) from pg_stat_activity
      where datname = current_database() and pid <> pg_backend_pid()`,
  )
}

describe('Session: the first statement on a connection that died while it lay idle', () => {
  it('succeeds on another connection, and no error is seen', async () => {
    const opened = await openThroughProxy(cloned.url)
    const { database, proxy, recorder } = opened
    await warm(database)
    const [dead] = proxy.connections
    await killUnheard(opened)
    await using session = database.session()
    const inserted = insert(session, 'Ada')
    await recorder.waitFor(({ message }) => message.name === 'Execute' && /^insert/.test(message.text ?? ''))
    dead!.shape('toClient', { isStalled: false })
    await inserted
    await session.commit()
    expect(await names()).toEqual(['Ada'])
    expect(proxy.accepted).toBe(2)
    expect(database.engine.stats()).toMatchObject({ inUse: 0, opened: 2, destroyed: 1 })
  })

  it('succeeds when the client has heard of the kill before', async () => {
    const database = openDatabase(cloned.url)
    await warm(database)
    await cloned.query(
      'select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()',
    )
    await expect.poll(() => database.engine.stats().idle).toBe(0)
    await database.begin((session) => insert(session, 'Ada'))
    expect(await names()).toEqual(['Ada'])
  })

  it.each(['reset', 'close'] as const)('succeeds when the network answers with a %s', async (fault) => {
    const { database, proxy } = await openThroughProxy(cloned.url)
    await warm(database)
    const cut = proxy.intercept(BEGIN_ASKED, fault)
    await database.begin((session) => insert(session, 'Ada'))
    expect(cut.hits).toBe(1)
    expect(await names()).toEqual(['Ada'])
  })

  it('succeeds when all idle connections have died', async () => {
    const { database, proxy } = await openThroughProxy(cloned.url, { pool: { size: 4, maxOverflow: 0 } })
    await warm(database, 4)
    const cut = proxy.intercept({ ...BEGIN_ASKED, times: 4, where: (_, { id }) => id <= 4 }, 'reset')
    await database.begin((session) => insert(session, 'Ada'))
    expect(cut.hits).toBeGreaterThan(0)
    expect(await names()).toEqual(['Ada'])
    expect(database.engine.stats().inUse).toBe(0)
  })

  it('is sent again with everything that was started together with it, once', async () => {
    const { database, proxy } = await openThroughProxy(cloned.url)
    await warm(database)
    // The server has run all of it; only the answer is lost.
    const cut = proxy.intercept({ direction: 'toClient', name: 'ReadyForQuery' }, 'reset')
    await using session = database.session()
    const started = ['a', 'b', 'c'].map((name) => insert(session, name))
    const committed = session.commit()
    await Promise.all([...started, committed])
    expect(cut.hits).toBe(1)
    expect(await names()).toEqual(['a', 'b', 'c'])
  })

  it('fails when pre-ping is switched off', async () => {
    const { database, proxy } = await openThroughProxy(cloned.url, { pool: { prePing: false } })
    await warm(database)
    proxy.intercept(BEGIN_ASKED, 'reset')
    await using session = database.session()
    expect(await failureOf(insert(session, 'Ada'))).toBeInstanceOf(DisconnectedError)
    expect(session.state).toBe('invalid')
    expect(await names()).toEqual([])
    await session.rollback()
    await insert(session, 'Grace')
    await session.commit()
    expect(await names()).toEqual(['Grace'])
  })

  it('ends with an error when the server is gone for good', async () => {
    const { database, proxy } = await openThroughProxy(cloned.url, {
      pool: { size: 3, acquireTimeoutMillis: 1_000 },
    })
    await warm(database, 3)
    await proxy.refuse()
    proxy.intercept({ ...BEGIN_ASKED, times: 100 }, 'reset')
    const failed = failureOf(database.begin((session) => insert(session, 'Ada')))
    expect(await failed).toBeInstanceOf(DatabaseError)
    expect(await failed).not.toBeInstanceOf(CommitUnknownError)
  })

  it('is not sent again on a connection that was opened for it, for that one was alive', async () => {
    const { database, proxy } = await openThroughProxy(cloned.url)
    const cut = proxy.intercept({ ...BEGIN_ASKED, times: 3 }, 'reset')
    await using session = database.session()
    expect(await failureOf(insert(session, 'Ada'))).toBeInstanceOf(DisconnectedError)
    expect(cut.hits).toBe(1)
  })

  it('is not sent again after close() was called', async () => {
    const { database, proxy, recorder } = await openThroughProxy(cloned.url)
    await warm(database)
    const hold = proxy.intercept({ direction: 'toClient', name: 'ReadyForQuery' }, 'hold')
    const session = database.session()
    const inserted = failureOf(insert(session, 'Ada'))
    await hold.firstHit
    recorder.clear()
    const closed = session.close()
    proxy.resetAll()
    await closed
    expect(await inserted).toBeInstanceOf(DatabaseError)
    expect(recorder.executedSql).toEqual([])
    expect(database.engine.stats().inUse).toBe(0)
  })
})

describe('Session: a later statement on a connection that dies', () => {
  it('fails definitely and is not sent again: the transaction is gone', async () => {
    const { database, proxy, recorder } = await openThroughProxy(cloned.url)
    await warm(database)
    await using session = database.session()
    await insert(session, 'Ada')
    proxy.intercept({ direction: 'toServer', name: 'Execute', text: /^insert/ }, 'reset')
    const error = await failureOf(insert(session, 'Grace'))
    expect(error).toBeInstanceOf(DisconnectedError)
    expect(error).not.toBeInstanceOf(CommitUnknownError)
    expect(session.state).toBe('invalid')
    expect(await failureOf(session.commit())).not.toBeInstanceOf(CommitUnknownError)
    expect(recorder.executedSql.filter((text) => text.startsWith('insert'))).toHaveLength(2)
    expect(await names()).toEqual([])
  })

  it('fails definitely when the backend is killed inside the transaction', async () => {
    const database = openDatabase(cloned.url)
    await warm(database)
    const failed = database.begin(async (session) => {
      await insert(session, 'Ada')
      await cloned.query(
        'select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()',
      )
      await insert(session, 'Grace')
    })
    const error = await failureOf(failed)
    expect(error).toBeInstanceOf(DisconnectedError)
    expect(error).not.toBeInstanceOf(CommitRolledBackError)
    expect(await names()).toEqual([])
  })
})
