import { sql } from 'kysely'
import { beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { CheckViolationError, ForeignKeyViolationError } from '../../../src/errors/integrity-error.js'
import { PoolTimeoutError } from '../../../src/errors/operational-error.js'
import { CommitRolledBackError, SerializationFailureError } from '../../../src/errors/transaction-error.js'
import { PendingRollbackError, SessionStateError } from '../../../src/errors/usage-error.js'
import { cloneDatabase } from '../../support/clone-database.js'
import { failureOf } from './failure-of.js'
import { openDatabase } from './open-database.js'
import { COMMIT_DONE, openThroughProxy } from './open-through-proxy.js'

const cloned = cloneDatabase()

beforeAll(async () => {
  await cloned.query(
    `create table pet (name text, owner bigint references person (id) deferrable initially deferred)`,
  )
})
beforeEach(async () => {
  await cloned.query('truncate person, pet; update account set balance = 1000')
})

const names = async () =>
  (await cloned.query<{ name: string }>('select name from person')).map(({ name }) => name)

describe('Session.commit', () => {
  it('stores what was written', async () => {
    const database = openDatabase(cloned.url)
    await using session = database.session()
    await session.insertInto('person').values({ name: 'Ada' }).execute()
    expect(await names()).toEqual([])
    await session.commit()
    expect(await names()).toEqual(['Ada'])
  })

  it('throws CommitRolledBackError and stores nothing when a statement had failed', async () => {
    const { database, recorder } = await openThroughProxy(cloned.url)
    await using session = database.session()
    await session.insertInto('person').values({ name: 'Ada' }).execute()
    const failed = await failureOf(session.updateTable('account').set({ balance: -1 }).execute())
    expect(failed).toBeInstanceOf(CheckViolationError)
    expect(session.state).toBe('aborted')
    const error = await failureOf(session.commit())
    expect(error).toBeInstanceOf(CommitRolledBackError)
    expect((error as Error).cause).toBe(failed)
    expect(await names()).toEqual([])
    expect(recorder.executedSql.slice(-1)).toEqual(['rollback'])
    expect(recorder.executedSql).not.toContain('commit')
  })

  it('leaves the session idle and usable after CommitRolledBackError, with its connection given back', async () => {
    const database = openDatabase(cloned.url)
    await using session = database.session()
    await failureOf(sql`select 1/0`.execute(session))
    await failureOf(session.commit())
    expect(session.state).toBe('idle')
    expect(database.engine.stats()).toMatchObject({ inUse: 0, idle: 1, destroyed: 0 })
    await session.insertInto('person').values({ name: 'Ada' }).execute()
    await session.commit()
    expect(await names()).toEqual(['Ada'])
  })

  it('throws CommitRolledBackError when the failing statement was still on its way', async () => {
    const database = openDatabase(cloned.url)
    await using session = database.session()
    const inserted = session.insertInto('person').values({ name: 'Ada' }).execute()
    const failed = failureOf(sql`select 1/0 from pg_sleep(0.05)`.execute(session))
    const error = await failureOf(session.commit())
    expect(error).toBeInstanceOf(CommitRolledBackError)
    expect((error as Error).cause).toBe(await failed)
    await inserted
    expect(await names()).toEqual([])
  })

  it('refuses a second one while the first is in flight, with the hint to call it once', async () => {
    const { database, proxy } = await openThroughProxy(cloned.url)
    await using session = database.session()
    await session.insertInto('person').values({ name: 'Ada' }).execute()
    const hold = proxy.intercept(COMMIT_DONE, 'hold')
    const first = session.commit()
    const second = await failureOf(session.commit())
    expect(second).toBeInstanceOf(SessionStateError)
    expect((second as SessionStateError).message).toContain('commit() was refused: the session is committing')
    expect((second as SessionStateError).hint).toBe(
      'One commit() ends a transaction: await that one, and call it once.',
    )
    hold.release()
    await first
    expect(await names()).toEqual(['Ada'])
  })

  it('waits for the statements that were started before it', async () => {
    const database = openDatabase(cloned.url)
    await using session = database.session()
    await session.selectFrom('account').selectAll().execute()
    const slow = sql`insert into person (name) select 'slow' from pg_sleep(0.1)`.execute(session)
    const next = session.insertInto('person').values({ name: 'next' }).execute()
    await session.commit()
    expect(await names()).toEqual(['slow', 'next'])
    await Promise.all([slow, next])
  })

  it('waits for a connection when its statements still do', async () => {
    const database = openDatabase(cloned.url, { pool: { size: 1, maxOverflow: 0 } })
    await using holder = database.session()
    await holder.selectFrom('account').selectAll().execute()
    await using session = database.session()
    const inserted = session.insertInto('person').values({ name: 'Ada' }).execute()
    const committed = session.commit()
    await holder.commit()
    await committed
    expect(await names()).toEqual(['Ada'])
    await inserted
  })

  it('throws CommitRolledBackError when no connection came and that was swallowed', async () => {
    const { database, recorder } = await openThroughProxy(cloned.url, {
      pool: { size: 1, maxOverflow: 0, acquireTimeoutMillis: 1_500 },
    })
    await using holder = database.session()
    await holder.selectFrom('account').selectAll().execute()
    recorder.clear()
    await using session = database.session()
    const swallowed = await failureOf(session.insertInto('person').values({ name: 'Ada' }).execute())
    expect(swallowed).toBeInstanceOf(PoolTimeoutError)
    const refused = await failureOf(session.insertInto('person').values({ name: 'Grace' }).execute())
    expect(refused).toBeInstanceOf(PendingRollbackError)
    expect((refused as Error).cause).toBe(swallowed)
    const error = await failureOf(session.commit())
    expect(error).toBeInstanceOf(CommitRolledBackError)
    expect((error as Error).cause).toBe(swallowed)
    expect(recorder.executedSql).toEqual([])
    await holder.rollback()
    await session.insertInto('person').values({ name: 'Barbara' }).execute()
    await session.commit()
    expect(await names()).toEqual(['Barbara'])
  })

  it('throws CommitRolledBackError when no connection came while it waited', async () => {
    const database = openDatabase(cloned.url, {
      pool: { size: 1, maxOverflow: 0, acquireTimeoutMillis: 1_500 },
    })
    await using holder = database.session()
    await holder.selectFrom('account').selectAll().execute()
    await using session = database.session()
    const inserted = failureOf(session.insertInto('person').values({ name: 'Ada' }).execute())
    const error = await failureOf(session.commit())
    expect(error).toBeInstanceOf(CommitRolledBackError)
    expect((error as Error).cause).toBe(await inserted)
    expect(await inserted).toBeInstanceOf(PoolTimeoutError)
  })

  it('throws what a deferred constraint finds, stores nothing, and leaves the session usable', async () => {
    const database = openDatabase(cloned.url)
    await using session = database.session()
    await session.insertInto('person').values({ name: 'Ada' }).execute()
    await sql`insert into pet values ('Rex', -1)`.execute(session)
    await expect(session.commit()).rejects.toThrow(ForeignKeyViolationError)
    expect(await names()).toEqual([])
    expect(session.state).toBe('idle')
    expect(database.engine.stats()).toMatchObject({ inUse: 0, idle: 1, destroyed: 0 })
    await session.insertInto('person').values({ name: 'Grace' }).execute()
    await session.commit()
    expect(await names()).toEqual(['Grace'])
  })

  it('throws a retryable SerializationFailureError when the server refuses the COMMIT', async () => {
    const database = openDatabase(cloned.url, { session: { statementTimeoutMillis: 5_000 } })
    await using one = database.session({ isolationLevel: 'serializable' })
    await using two = database.session({ isolationLevel: 'serializable' })
    await one.selectFrom('account').selectAll().where('id', '=', 1).execute()
    await two.selectFrom('account').selectAll().where('id', '=', 2).execute()
    await one.updateTable('account').set({ balance: 1 }).where('id', '=', 2).execute()
    await two.updateTable('account').set({ balance: 2 }).where('id', '=', 1).execute()
    await one.commit()
    const error = await failureOf(two.commit())
    expect(error).toBeInstanceOf(SerializationFailureError)
    expect(error).toMatchObject({ isRetryable: true, sqlState: '40001' })
    expect(two.state).toBe('idle')
    expect(await cloned.query('select id, balance from account where id in (1, 2) order by id')).toEqual([
      { id: 1, balance: 1000 },
      { id: 2, balance: 1 },
    ])
  })

  it('says that a serialization failure is retryable also when only the COMMIT tells of it', async () => {
    const database = openDatabase(cloned.url)
    await using one = database.session({ isolationLevel: 'repeatable read' })
    await using two = database.session({ isolationLevel: 'repeatable read' })
    await one.selectFrom('account').selectAll().execute()
    await two.updateTable('account').set({ balance: 2 }).where('id', '=', 1).execute()
    await two.commit()
    await failureOf(one.updateTable('account').set({ balance: 3 }).where('id', '=', 1).execute())
    const error = await failureOf(one.commit())
    expect(error).toBeInstanceOf(CommitRolledBackError)
    expect(error).toMatchObject({ isRetryable: true })
  })

  it('throws CommitRolledBackError when the server answers COMMIT with ROLLBACK', async () => {
    const { database, proxy } = await openThroughProxy(cloned.url)
    const rollbackTag = Buffer.from('C\0\0\0\rROLLBACK\0', 'latin1')
    proxy.intercept(COMMIT_DONE, { replaceWith: rollbackTag })
    await using session = database.session()
    await session.selectFrom('account').selectAll().execute()
    await expect(session.commit()).rejects.toThrow(CommitRolledBackError)
    expect(session.state).toBe('idle')
  })

  it('sends one COMMIT and nothing behind it', async () => {
    const { database, recorder } = await openThroughProxy(cloned.url)
    await using session = database.session()
    await session.insertInto('person').values({ name: 'Ada' }).execute()
    recorder.clear()
    await session.commit()
    expect(recorder.executedSql).toEqual(['commit'])
    expect(recorder.roundTrips).toBe(1)
  })
})

describe('Session.rollback', () => {
  it('undoes what was written and leaves the session usable', async () => {
    const database = openDatabase(cloned.url)
    await using session = database.session()
    await session.insertInto('person').values({ name: 'Ada' }).execute()
    await session.rollback()
    expect(session.state).toBe('idle')
    expect(database.engine.stats()).toMatchObject({ inUse: 0, idle: 1 })
    await session.insertInto('person').values({ name: 'Grace' }).execute()
    await session.commit()
    expect(await names()).toEqual(['Grace'])
  })

  it('revives a session of which a statement failed', async () => {
    const database = openDatabase(cloned.url)
    await using session = database.session()
    await failureOf(sql`select 1/0`.execute(session))
    await session.rollback()
    await session.insertInto('person').values({ name: 'Grace' }).execute()
    await session.commit()
    expect(await names()).toEqual(['Grace'])
  })

  it('refuses what has not left yet and waits for what runs', async () => {
    const database = openDatabase(cloned.url)
    await using session = database.session()
    await session.selectFrom('account').selectAll().execute()
    const running = sql<{ done: number }>`select 1 as done from pg_sleep(0.05)`.execute(session)
    await cloned.query('select 1')
    const waiting = failureOf(session.insertInto('person').values({ name: 'Ada' }).execute())
    await session.rollback()
    expect((await running).rows).toEqual([{ done: 1 }])
    expect(await waiting).toMatchObject({ code: 'SESSION_STATE' })
    expect(await names()).toEqual([])
  })

  it('costs no connection because of SQL errors', async () => {
    const database = openDatabase(cloned.url)
    await using session = database.session()
    for (let round = 0; round < 20; round++) {
      await failureOf(session.updateTable('account').set({ balance: -1 }).execute())
      await session.rollback()
    }
    expect(database.engine.stats()).toMatchObject({ opened: 1, destroyed: 0 })
  })
})
