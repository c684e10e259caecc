import { sql, type Kysely } from 'kysely'
import { setTimeout as sleep } from 'node:timers/promises'
import { beforeEach, describe, expect, it } from 'vitest'
import { DisconnectedError } from '../../../src/errors/operational-error.js'
import { CommitRolledBackError, CommitUnknownError } from '../../../src/errors/transaction-error.js'
import { ConfigurationError, SessionStateError } from '../../../src/errors/usage-error.js'
import { cloneDatabase } from '../../support/clone-database.js'
import { failureOf, outcomeOf } from './failure-of.js'
import { openDatabase, type TestTables } from './open-database.js'
import { COMMIT_DONE, openThroughProxy } from './open-through-proxy.js'
import { storedNames } from './stored-names.js'

const cloned = cloneDatabase()

beforeEach(async () => {
  await cloned.query('delete from person')
})

const names = () => storedNames(cloned)

async function insert(queries: Kysely<TestTables>, name: string): Promise<void> {
  await queries.insertInto('person').values({ name }).execute()
}

describe('AsyncDatabase.kysely', () => {
  it('commits every statement by itself, in one round trip, and gives the connection back', async () => {
    const { database, recorder } = await openThroughProxy(cloned.url)
    await insert(database.kysely, 'warm')
    recorder.clear()
    await insert(database.kysely, 'Ada')
    expect(recorder.roundTrips).toBe(1)
    expect(await names()).toEqual(['warm', 'Ada'])
    expect(database.engine.stats()).toMatchObject({ inUse: 0, opened: 1 })
  })

  it('loses no connection to a statement that fails', async () => {
    const database = openDatabase(cloned.url)
    for (let round = 0; round < 20; round++) {
      expect(await failureOf(sql`select 1/0`.execute(database.kysely))).toMatchObject({ sqlState: '22012' })
    }
    expect(database.engine.stats()).toMatchObject({ opened: 1, inUse: 0, destroyed: 0 })
  })

  it('runs statements side by side on two connections', async () => {
    const database = openDatabase(cloned.url, { pool: { size: 2, maxOverflow: 0 } })
    const pid = () =>
      sql<{ pid: number }>`select pg_backend_pid() as pid from pg_sleep(1)`.execute(database.kysely)
    const rows = (await Promise.all([pid(), pid()])).flatMap((result) => result.rows)
    expect(new Set(rows.map((row) => row.pid)).size).toBe(2)
  })

  it('streams, and gives the connection back at the end, at an early break and at a failure', async () => {
    const database = openDatabase(cloned.url, {
      pool: { size: 1, maxOverflow: 0, acquireTimeoutMillis: 2_000 },
    })
    const accounts = database.kysely.selectFrom('account').select('id').orderBy('id')
    const ids: number[] = []
    for await (const { id } of accounts.stream(6)) ids.push(id)
    expect(ids).toHaveLength(20)
    for await (const { id } of accounts.stream(6)) if (id === 8) break
    expect(
      await failureOf(
        accounts
          .select(sql`1/0`.as('never'))
          .stream()
          .next(),
      ),
    ).toMatchObject({ sqlState: '22012' })
    // Kysely ends its streams without waiting for the release of their connection.
    await expect.poll(() => database.engine.stats()).toMatchObject({ opened: 1, inUse: 0, destroyed: 0 })
  })

  it('says that it does not know when the answer to a statement that may have written was lost', async () => {
    const { database, proxy } = await openThroughProxy(cloned.url)
    await insert(database.kysely, 'warm')
    proxy.intercept({ direction: 'toClient', name: 'CommandComplete', text: /^INSERT/ }, 'reset')
    const error = await failureOf(insert(database.kysely, 'Ada'))
    expect(await names()).toEqual(['warm', 'Ada'])
    expect(error).toBeInstanceOf(CommitUnknownError)
    expect((error as Error).cause).toBeInstanceOf(DisconnectedError)
  })

  it('never sends a statement twice: without a transaction it may have been applied', async () => {
    const { database, proxy } = await openThroughProxy(cloned.url)
    await insert(database.kysely, 'warm')
    proxy.intercept({ direction: 'toClient', name: 'CommandComplete', text: /^INSERT/ }, 'reset')
    await failureOf(insert(database.kysely, 'Ada'))
    expect(await names()).toEqual(['warm', 'Ada'])
  })
})

describe('AsyncDatabase.kysely.transaction', () => {
  it('commits what returns and rolls back what throws', async () => {
    const database = openDatabase(cloned.url)
    expect(await database.kysely.transaction().execute((trx) => insert(trx, 'kept').then(() => 42))).toBe(42)
    const business = new Error('business')
    const failed = database.kysely.transaction().execute(async (trx) => {
      await insert(trx, 'undone')
      throw business
    })
    expect(await failureOf(failed)).toBe(business)
    expect(await names()).toEqual(['kept'])
    expect(database.engine.stats()).toMatchObject({ opened: 1, inUse: 0, destroyed: 0 })
  })

  it('costs 2 round trips for one statement', async () => {
    const { database, recorder } = await openThroughProxy(cloned.url)
    await insert(database.kysely, 'warm')
    recorder.clear()
    await database.kysely.transaction().execute((trx) => insert(trx, 'Ada'))
    expect(recorder.roundTrips).toBe(2)
  })

  it('throws CommitRolledBackError when its work swallowed a failure (E12d)', async () => {
    const database = openDatabase(cloned.url)
    const failed = database.kysely.transaction().execute(async (trx) => {
      await insert(trx, 'Ada')
      await failureOf(sql`select 1/0`.execute(trx))
    })
    expect(await failureOf(failed)).toBeInstanceOf(CommitRolledBackError)
    expect(await names()).toEqual([])
  })

  it('throws CommitUnknownError when the answer to COMMIT was lost (E12h)', async () => {
    const { database, proxy } = await openThroughProxy(cloned.url)
    proxy.intercept(COMMIT_DONE, 'reset')
    expect(
      await failureOf(database.kysely.transaction().execute((trx) => insert(trx, 'Ada'))),
    ).toBeInstanceOf(CommitUnknownError)
    expect(await names()).toEqual(['Ada'])
    expect(database.engine.stats()).toMatchObject({ inUse: 0, destroyed: 1 })
  })

  it('keeps the work’s own error when the connection is lost and can not roll back', async () => {
    const { database, proxy } = await openThroughProxy(cloned.url)
    const business = new Error('business')
    const failed = database.kysely.transaction().execute(async (trx) => {
      await insert(trx, 'Ada')
      proxy.resetAll()
      throw business
    })
    expect(await failureOf(failed)).toBe(business)
    expect(database.engine.stats().inUse).toBe(0)
  })

  it.each([
    ['COMMIT', undefined, ['warm', 'in time']],
    ['ROLLBACK', new Error('business'), ['warm']],
  ] as const)(
    'refuses statements issued while %s is in flight, and never runs them (E21)',
    async (_, business, stored) => {
      const { database, proxy, recorder } = await openThroughProxy(cloned.url)
      await insert(database.kysely, 'warm')
      proxy.shape('both', { delayMillis: 15 })
      const late: Promise<unknown>[] = []
      await outcomeOf(
        database.kysely.transaction().execute(async (trx) => {
          await insert(trx, 'in time')
          for (let millis = 0; millis <= 60; millis += 2) {
            late.push(outcomeOf(sleep(millis).then(() => insert(trx, 'late'))))
          }
          await Promise.resolve()
          if (business !== undefined) throw business
        }),
      )
      const errors = await Promise.all(late)
      expect(errors.every((error) => error !== undefined)).toBe(true)
      expect(errors[0]).toBeInstanceOf(SessionStateError)
      const behindEnd = recorder.executedSql.slice(
        recorder.executedSql.findLastIndex((text) => /^(commit|rollback)$/.test(text)),
      )
      expect(behindEnd).toHaveLength(1)
      expect(await names()).toEqual(stored)
    },
  )

  it('applies isolation level and access mode', async () => {
    const database = openDatabase(cloned.url)
    const transaction = database.kysely
      .transaction()
      .setIsolationLevel('serializable')
      .setAccessMode('read only')
    const shown = await transaction.execute(async (trx) => [
      (await sql<{ transaction_isolation: string }>`show transaction_isolation`.execute(trx)).rows[0],
      (await sql<{ transaction_read_only: string }>`show transaction_read_only`.execute(trx)).rows[0],
    ])
    expect(shown).toEqual([{ transaction_isolation: 'serializable' }, { transaction_read_only: 'on' }])
  })

  it('refuses the isolation level that PostgreSQL does not have', async () => {
    const database = openDatabase(cloned.url)
    const failed = database.kysely
      .transaction()
      .setIsolationLevel('snapshot')
      .execute((trx) => insert(trx, 'Ada'))
    expect(await failureOf(failed)).toBeInstanceOf(ConfigurationError)
    expect(database.engine.stats().inUse).toBe(0)
  })

  it('runs statements started together in order, in one transaction', async () => {
    const database = openDatabase(cloned.url)
    await database.kysely.transaction().execute(async (trx) => {
      await Promise.all(['a', 'b', 'c'].map((name) => insert(trx, name)))
    })
    expect(await names()).toEqual(['a', 'b', 'c'])
  })

  it('streams inside', async () => {
    const database = openDatabase(cloned.url)
    const seen: string[] = []
    await database.kysely.transaction().execute(async (trx) => {
      await insert(trx, 'Ada')
      for await (const { name } of trx.selectFrom('person').select('name').stream(1)) seen.push(name)
    })
    expect(seen).toEqual(['Ada'])
  })
})

describe('AsyncDatabase.kysely.startTransaction', () => {
  it('commits, rolls back, and knows savepoints', async () => {
    const database = openDatabase(cloned.url)
    const trx = await database.kysely.startTransaction().execute()
    await insert(trx, 'one')
    const marked = await trx.savepoint('mark').execute()
    await insert(marked, 'two')
    await failureOf(sql`select 1/0`.execute(marked))
    await marked.rollbackToSavepoint('mark').execute()
    await insert(trx, 'three')
    await marked.releaseSavepoint('mark').execute()
    await trx.commit().execute()
    const undone = await database.kysely.startTransaction().execute()
    await insert(undone, 'four')
    await undone.rollback().execute()
    expect(await names()).toEqual(['one', 'three'])
    expect(database.engine.stats()).toMatchObject({ inUse: 0, destroyed: 0 })
  })

  it('refuses statements issued while COMMIT is in flight', async () => {
    const { database, proxy } = await openThroughProxy(cloned.url)
    const trx = await database.kysely.startTransaction().execute()
    await insert(trx, 'in time')
    proxy.shape('both', { delayMillis: 15 })
    const committed = trx.commit().execute()
    const late = [0, 5, 10, 20, 25, 40].map((millis) =>
      outcomeOf(sleep(millis).then(() => insert(trx, 'late'))),
    )
    await committed
    expect((await Promise.all(late)).every((error) => error !== undefined)).toBe(true)
    expect(await names()).toEqual(['in time'])
  })

  it('gives its connection back when COMMIT fails', async () => {
    const database = openDatabase(cloned.url, {
      pool: { size: 1, maxOverflow: 0, acquireTimeoutMillis: 2_000 },
    })
    const trx = await database.kysely.startTransaction().execute()
    await failureOf(sql`select 1/0`.execute(trx))
    expect(await failureOf(trx.commit().execute())).toBeInstanceOf(CommitRolledBackError)
    await outcomeOf(trx.rollback().execute())
    await insert(database.kysely, 'next')
    expect(await names()).toEqual(['next'])
  })
})

describe('AsyncDatabase.kysely.connection', () => {
  it('keeps one connection for the work and gives it back, also when the work throws', async () => {
    const database = openDatabase(cloned.url)
    const pid = async (queries: Kysely<TestTables>) =>
      (await sql<{ pid: number }>`select pg_backend_pid() as pid`.execute(queries)).rows[0]?.pid
    const pids = await database.kysely.connection().execute(async (one) => {
      expect(database.engine.stats().inUse).toBe(1)
      await insert(one, 'Ada')
      return [await pid(one), await pid(one)]
    })
    expect(pids[0]).toBe(pids[1])
    await failureOf(database.kysely.connection().execute(() => Promise.reject(new Error('business'))))
    expect(database.engine.stats()).toMatchObject({ inUse: 0, opened: 1 })
    expect(await names()).toEqual(['Ada'])
  })

  it('runs transactions on it', async () => {
    const database = openDatabase(cloned.url, { pool: { size: 1, maxOverflow: 0 } })
    await database.kysely.connection().execute(async (one) => {
      await one.transaction().execute((trx) => insert(trx, 'first'))
      await failureOf(
        one.transaction().execute(async (trx) => {
          await insert(trx, 'undone')
          throw new Error('business')
        }),
      )
      await insert(one, 'alone')
      await one.transaction().execute((trx) => insert(trx, 'second'))
    })
    expect(await names()).toEqual(['first', 'alone', 'second'])
  })

  it('hands no open transaction to the next borrower', async () => {
    const database = openDatabase(cloned.url, { pool: { size: 1, maxOverflow: 0 } })
    await outcomeOf(
      database.kysely.connection().execute(async (one) => {
        await sql`begin`.execute(one)
        await insert(one, 'stranger')
        throw new Error('business')
      }),
    )
    await insert(database.kysely, 'next')
    await database.begin((session) => insert(session, 'session'))
    expect(await names()).toEqual(['next', 'session'])
  })

  it('refuses its handle after the end', async () => {
    const database = openDatabase(cloned.url, { pool: { size: 1, maxOverflow: 0 } })
    const kept: Kysely<TestTables>[] = []
    await database.kysely.connection().execute(async (one) => {
      kept.push(one)
    })
    await using session = database.session()
    await insert(session, 'borrower')
    expect(await failureOf(insert(kept[0]!, 'late'))).toMatchObject({ code: 'SESSION_CLOSED' })
    await session.rollback()
    expect(await names()).toEqual([])
  })
})
