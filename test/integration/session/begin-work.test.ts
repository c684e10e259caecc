import { sql } from 'kysely'
import { setTimeout as sleep } from 'node:timers/promises'
import { beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { ForeignKeyViolationError } from '../../../src/errors/integrity-error.js'
import { PoolTimeoutError } from '../../../src/errors/operational-error.js'
import { CommitRolledBackError, CommitUnknownError } from '../../../src/errors/transaction-error.js'
import { SessionClosedError } from '../../../src/errors/usage-error.js'
import type { Session } from '../../../src/session/session.js'
import { cloneDatabase } from '../../support/clone-database.js'
import { failureOf } from './failure-of.js'
import { openDatabase, type TestTables } from './open-database.js'
import { COMMIT_DONE, openThroughProxy } from './open-through-proxy.js'
import { storedNames } from './stored-names.js'

const cloned = cloneDatabase()

beforeAll(async () => {
  await cloned.query(
    'create table pet (name text, owner bigint references person (id) deferrable initially deferred)',
  )
})
beforeEach(async () => {
  await cloned.query('truncate person, pet')
})

const names = () => storedNames(cloned)

async function insert(session: Session<TestTables>, name: string): Promise<void> {
  await session.insertInto('person').values({ name }).execute()
}

describe('AsyncDatabase.begin', () => {
  it('commits when the work returns, and returns its value', async () => {
    const database = openDatabase(cloned.url)
    const value = await database.begin(async (session) => {
      await insert(session, 'Ada')
      expect(await names()).toEqual([])
      return 42
    })
    expect(value).toBe(42)
    expect(await names()).toEqual(['Ada'])
    expect(database.engine.stats()).toMatchObject({ inUse: 0, idle: 1 })
  })

  it('rolls back when the work throws, and throws the same', async () => {
    const { database, recorder } = await openThroughProxy(cloned.url)
    const business = new Error('business')
    const failed = database.begin(async (session) => {
      await insert(session, 'Ada')
      throw business
    })
    expect(await failureOf(failed)).toBe(business)
    expect(recorder.executedSql.at(-1)).toBe('rollback')
    expect(await names()).toEqual([])
  })

  it('throws what is not even an error, as it came', async () => {
    const database = openDatabase(cloned.url)
    await expect(
      database.begin(async (session) => {
        await insert(session, 'Ada')
        throw 'a string'
      }),
    ).rejects.toBe('a string')
    await expect(
      database.begin(() => {
        throw 42
      }),
    ).rejects.toBe(42)
  })

  it('does no I/O when the work does none', async () => {
    const database = openDatabase(cloned.url)
    expect(await database.begin(async () => 'nothing')).toBe('nothing')
    expect(database.engine.stats().acquired).toBe(0)
  })

  it('closes the session in any case, and refuses late use of it', async () => {
    const database = openDatabase(cloned.url)
    const kept: Session<TestTables>[] = []
    await database.begin(async (session) => {
      kept.push(session)
    })
    await failureOf(
      database.begin(async (session) => {
        kept.push(session)
        throw new Error('business')
      }),
    )
    expect(kept.map(({ state }) => state)).toEqual(['closed', 'closed'])
    expect(await failureOf(insert(kept[0]!, 'late'))).toBeInstanceOf(SessionClosedError)
  })

  it('commits statements that the work did not await', async () => {
    const database = openDatabase(cloned.url)
    const started: Promise<void>[] = []
    await database.begin(async (session) => {
      started.push(insert(session, 'a'), insert(session, 'b'))
    })
    expect(await names()).toEqual(['a', 'b'])
    await Promise.all(started)
  })

  it('refuses statements of the work that come after it returned', async () => {
    const { database, proxy } = await openThroughProxy(cloned.url)
    await database.begin((session) => insert(session, 'warm'))
    proxy.shape('both', { delayMillis: 10 })
    const late: Promise<unknown>[] = []
    await database.begin(async (session) => {
      await insert(session, 'in time')
      for (const millis of [1, 5, 10, 15, 30, 60]) {
        late.push(failureOf(sleep(millis).then(() => insert(session, `late ${millis}`))))
      }
    })
    for (const error of await Promise.all(late)) expect(error).toMatchObject({ attempted: 'statement' })
    expect(await names()).toEqual(['warm', 'in time'])
  })

  it('throws CommitRolledBackError when the work swallowed a failure', async () => {
    const database = openDatabase(cloned.url)
    const swallowed: unknown[] = []
    const failed = database.begin(async (session) => {
      await insert(session, 'Ada')
      swallowed.push(await failureOf(sql`select 1/0`.execute(session)))
    })
    const error = await failureOf(failed)
    expect(error).toBeInstanceOf(CommitRolledBackError)
    expect((error as Error).cause).toBe(swallowed[0])
    expect(await names()).toEqual([])
  })

  it('throws what the server says at COMMIT', async () => {
    const database = openDatabase(cloned.url)
    const failed = database.begin(async (session) => {
      await insert(session, 'Ada')
      await sql`insert into pet values ('Rex', -1)`.execute(session)
    })
    expect(await failureOf(failed)).toBeInstanceOf(ForeignKeyViolationError)
    expect(await names()).toEqual([])
    expect(database.engine.stats()).toMatchObject({ inUse: 0, destroyed: 0 })
  })

  it('throws CommitUnknownError when the answer to COMMIT was lost', async () => {
    const { database, proxy } = await openThroughProxy(cloned.url)
    proxy.intercept(COMMIT_DONE, 'reset')
    expect(await failureOf(database.begin((session) => insert(session, 'Ada')))).toBeInstanceOf(
      CommitUnknownError,
    )
    expect(await names()).toEqual(['Ada'])
    expect(database.engine.stats()).toMatchObject({ inUse: 0, destroyed: 1 })
  })

  it('throws the work’s own error when the rollback fails because the backend was killed', async () => {
    const database = openDatabase(cloned.url)
    const business = new Error('business')
    const failed = database.begin(async (session) => {
      await insert(session, 'Ada')
      await cloned.query(
        'select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()',
      )
      throw business
    })
    expect(await failureOf(failed)).toBe(business)
    expect(database.engine.stats()).toMatchObject({ inUse: 0, idle: 0 })
    expect(await names()).toEqual([])
  })

  it('throws the work’s own error when ROLLBACK is lost on its way', async () => {
    const { database, proxy } = await openThroughProxy(cloned.url)
    proxy.intercept({ direction: 'toServer', name: 'Execute', text: /^rollback$/ }, 'reset')
    const business = new Error('business')
    const failed = database.begin(async (session) => {
      await insert(session, 'Ada')
      throw business
    })
    expect(await failureOf(failed)).toBe(business)
    expect(database.engine.stats()).toMatchObject({ inUse: 0, destroyed: 1 })
  })

  it('throws PoolTimeoutError when no connection came', async () => {
    const database = openDatabase(cloned.url, {
      pool: { size: 1, maxOverflow: 0, acquireTimeoutMillis: 1_500 },
    })
    await using holder = database.session()
    await insert(holder, 'held')
    expect(await failureOf(database.begin((session) => insert(session, 'Ada')))).toBeInstanceOf(
      PoolTimeoutError,
    )
  })

  it('commits what the work began after a commit of its own', async () => {
    const database = openDatabase(cloned.url)
    const business = new Error('business')
    await database.begin(async (session) => {
      await insert(session, 'first')
      await session.commit()
      await insert(session, 'second')
    })
    const failed = database.begin(async (session) => {
      await insert(session, 'third')
      await session.commit()
      await insert(session, 'fourth')
      throw business
    })
    expect(await failureOf(failed)).toBe(business)
    expect(await names()).toEqual(['first', 'second', 'third'])
  })

  it('applies its options to the transaction', async () => {
    const database = openDatabase(cloned.url)
    const shown = await database.begin(
      async (session) =>
        (await sql<{ transaction_isolation: string }>`show transaction_isolation`.execute(session)).rows[0],
      { isolationLevel: 'repeatable read' },
    )
    expect(shown).toEqual({ transaction_isolation: 'repeatable read' })
    const writing = database.begin((session) => insert(session, 'Ada'), { readOnly: true })
    expect(await failureOf(writing)).toMatchObject({ sqlState: '25006' })
  })

  it('runs many at once over a small pool, and every one is stored', async () => {
    const database = openDatabase(cloned.url, { pool: { size: 2, maxOverflow: 1 } })
    await Promise.all(
      Array.from({ length: 60 }, (_, index) => database.begin((session) => insert(session, `${index}`))),
    )
    expect(await names()).toHaveLength(60)
    expect(database.engine.stats().opened).toBeLessThanOrEqual(3)
  })
})
