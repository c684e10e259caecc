import { beforeEach, describe, expect, it } from 'vitest'
import { SessionClosedError } from '../../../src/errors/usage-error.js'
import { cloneDatabase } from '../../support/clone-database.js'
import { failureOf } from './failure-of.js'
import { openDatabase } from './open-database.js'
import { openThroughProxy } from './open-through-proxy.js'

const cloned = cloneDatabase()

beforeEach(async () => {
  await cloned.query('delete from person')
})

const openTransactions = async () =>
  (await cloned.backends()).filter(({ state }) => state.startsWith('idle in transaction')).length

describe('Session', () => {
  it('takes no connection while nothing is asked of it', async () => {
    const { database, proxy } = await openThroughProxy(cloned.url)
    const session = database.session()
    expect(session.state).toBe('idle')
    expect(session.inTransaction).toBe(false)
    expect(database.engine.stats()).toMatchObject({ opened: 0, acquired: 0, inUse: 0, waiting: 0 })
    expect(proxy.accepted).toBe(0)
    await session.close()
  })

  it('takes a connection at its first statement and shows a transaction from then on', async () => {
    const database = openDatabase(cloned.url)
    await using session = database.session()
    await session.selectFrom('account').selectAll().execute()
    expect(session.state).toBe('active')
    expect(session.inTransaction).toBe(true)
    expect(database.engine.stats()).toMatchObject({ opened: 1, inUse: 1 })
    expect(await openTransactions()).toBe(1)
  })

  it('has the connection in demand while its first statement is on the way', async () => {
    const database = openDatabase(cloned.url)
    await using session = database.session()
    const rows = session.selectFrom('account').select('id').where('id', '=', 1).execute()
    expect(session.state).toBe('acquiring')
    expect(session.inTransaction).toBe(true)
    expect(await rows).toEqual([{ id: 1 }])
  })

  it.each(['commit', 'rollback', 'close'] as const)('gives the connection back at %s()', async (end) => {
    const database = openDatabase(cloned.url)
    await using session = database.session()
    await session.insertInto('person').values({ name: 'Ada' }).execute()
    await session[end]()
    expect(database.engine.stats()).toMatchObject({ opened: 1, inUse: 0, idle: 1 })
    expect(await openTransactions()).toBe(0)
  })

  it.each(['commit', 'rollback', 'close'] as const)('does nothing at %s() when idle', async (end) => {
    const { database, proxy } = await openThroughProxy(cloned.url)
    const session = database.session()
    await session[end]()
    expect(database.engine.stats()).toMatchObject({ opened: 0, acquired: 0, pending: 0 })
    expect(proxy.accepted).toBe(0)
    await session.close()
  })

  it('is usable again after commit(): the next statement begins a new transaction', async () => {
    const database = openDatabase(cloned.url)
    await using session = database.session()
    await session.insertInto('person').values({ name: 'kept' }).execute()
    await session.commit()
    expect(session.state).toBe('idle')
    expect(session.inTransaction).toBe(false)
    await session.insertInto('person').values({ name: 'undone' }).execute()
    expect(session.inTransaction).toBe(true)
    await session.rollback()
    expect(await cloned.query('select name from person')).toEqual([{ name: 'kept' }])
  })

  it('holds no connection between two transactions, so that one connection serves two sessions', async () => {
    const database = openDatabase(cloned.url, {
      pool: { size: 1, maxOverflow: 0, acquireTimeoutMillis: 2_000 },
    })
    await using first = database.session()
    await using second = database.session()
    for (const session of [first, second, first, second]) {
      await session.insertInto('person').values({ name: session.id }).execute()
      await session.commit()
    }
    expect(await cloned.query('select name from person')).toHaveLength(4)
    expect(database.engine.stats()).toMatchObject({ opened: 1, acquired: 4 })
  })

  it.each([undefined, 'autocommit'] as const)(
    'stays closed when it was closed before anything was asked of it (%s)',
    async (isolationLevel) => {
      const database = openDatabase(cloned.url)
      const session = database.session({ isolationLevel })
      await session.close()
      expect(session.state).toBe('closed')
      const [statement, commit] = await Promise.all([
        failureOf(session.selectFrom('person').selectAll().execute()),
        failureOf(session.commit()),
      ])
      expect(statement).toBeInstanceOf(SessionClosedError)
      expect(statement).toMatchObject({ message: expect.stringContaining('lazy-session.test.ts') as string })
      expect(commit).toBeInstanceOf(SessionClosedError)
      expect(() => session.info.set('user', 1)).not.toThrow()
      await session.rollback()
      await session.close()
      expect(database.engine.stats()).toMatchObject({ opened: 0, waiting: 0 })
    },
  )

  it('has an id of its own', async () => {
    const database = openDatabase(cloned.url)
    const ids = Array.from({ length: 10 }, () => database.session().id)
    expect(new Set(ids).size).toBe(10)
  })
})

describe('Session.begin', () => {
  it('does no I/O', async () => {
    const { database, proxy } = await openThroughProxy(cloned.url)
    await using session = database.session()
    session.begin({ isolationLevel: 'serializable' })
    expect(session.inTransaction).toBe(true)
    expect(database.engine.stats()).toMatchObject({ opened: 0, acquired: 0, pending: 0 })
    expect(proxy.accepted).toBe(0)
  })

  it('is undone by commit() without any I/O when no statement followed', async () => {
    const database = openDatabase(cloned.url)
    await using session = database.session()
    session.begin({ readOnly: true })
    await session.commit()
    expect(session.inTransaction).toBe(false)
    await session.insertInto('person').values({ name: 'Ada' }).execute()
    await session.rollback()
    expect(database.engine.stats().opened).toBe(1)
  })

  it('is refused when it was called already', async () => {
    const database = openDatabase(cloned.url)
    await using session = database.session()
    session.begin()
    expect(() => session.begin()).toThrow(/begun already/)
  })

  it('takes its options for this transaction only', async () => {
    const { database, recorder } = await openThroughProxy(cloned.url)
    await using session = database.session({ isolationLevel: 'repeatable read' })
    session.begin({ isolationLevel: 'serializable', readOnly: true, deferrable: true })
    await session.selectFrom('account').selectAll().execute()
    await session.commit()
    await session.selectFrom('account').selectAll().execute()
    await session.rollback()
    session.begin()
    await session.selectFrom('account').selectAll().execute()
    expect(recorder.executedSql.filter((sql) => sql.startsWith('begin'))).toEqual([
      'begin isolation level serializable, read only, deferrable',
      'begin isolation level repeatable read',
      'begin isolation level repeatable read',
    ])
  })
})
