import { sql, type Kysely } from 'kysely'
import { setTimeout as sleep } from 'node:timers/promises'
import { beforeEach, describe, expect, it } from 'vitest'
import { CommitUnknownError, SerializationFailureError } from '../../../src/errors/transaction-error.js'
import { ConfigurationError } from '../../../src/errors/usage-error.js'
import type { Session } from '../../../src/session/session.js'
import { cloneDatabase } from '../../support/clone-database.js'
import { failureOf } from './failure-of.js'
import { openDatabase, type TestTables } from './open-database.js'
import { COMMIT_DONE, openThroughProxy } from './open-through-proxy.js'
import { storedNames } from './stored-names.js'

const cloned = cloneDatabase()

beforeEach(async () => {
  await cloned.query('delete from person; update account set balance = 1000')
})

const names = () => storedNames(cloned)

async function insert(session: Session<TestTables>, name: string): Promise<void> {
  await session.insertInto('person').values({ name }).execute()
}

/** Lets the server answer with this SQLSTATE. */
async function raise(queries: Kysely<TestTables>, sqlState: string): Promise<void> {
  await sql.raw(`do $$ begin raise exception using errcode = '${sqlState}'; end $$`).execute(queries)
}

describe('AsyncDatabase.begin with retry', () => {
  it.each(['40001', '40P01'])('runs the whole work again, in a fresh session, after %s', async (sqlState) => {
    const database = openDatabase(cloned.url)
    const ids: string[] = []
    const value = await database.begin(
      async (session) => {
        ids.push(session.id)
        await insert(session, `attempt ${ids.length}`)
        if (ids.length < 3) await raise(session, sqlState)
        return 'done'
      },
      { retry: { attempts: 5 } },
    )
    expect(value).toBe('done')
    expect(new Set(ids).size).toBe(3)
    expect(await names()).toEqual(['attempt 3'])
    expect(database.engine.stats()).toMatchObject({ inUse: 0, opened: 1 })
  })

  // The server is told what is left of the deadline, as the limit of the transaction's statements.
  it('gives each run the whole deadlineMillis', async () => {
    const database = openDatabase(cloned.url)
    const left: number[] = []
    await database.begin(
      async (session) => {
        const { rows } = await sql<{ setting: string }>`
          select setting from pg_settings where name = 'statement_timeout'`.execute(session)
        left.push(Number(rows[0]?.setting))
        if (left.length > 1) return
        await sleep(3_000)
        await raise(session, '40001')
      },
      { deadlineMillis: 20_000, retry: { attempts: 2 } },
    )
    expect(left).toHaveLength(2)
    expect(left[1]).toBeGreaterThan(left[0]! - 2_000)
  })

  it('runs it again when the work swallowed the failure', async () => {
    const database = openDatabase(cloned.url)
    let attempts = 0
    await database.begin(
      async (session) => {
        attempts++
        await insert(session, 'Ada')
        if (attempts === 1) await raise(session, '40001').catch(() => undefined)
      },
      { retry: { attempts: 2 } },
    )
    expect([attempts, await names()]).toEqual([2, ['Ada']])
  })

  it('lets everybody through who works on the same row at the same time', async () => {
    const database = openDatabase(cloned.url)
    const increment = () =>
      database.begin(
        async (session) => {
          const { balance } = await session
            .selectFrom('account')
            .select('balance')
            .where('id', '=', 1)
            .executeTakeFirstOrThrow()
          await session
            .updateTable('account')
            .set({ balance: balance + 1 })
            .where('id', '=', 1)
            .execute()
        },
        { isolationLevel: 'serializable', retry: { attempts: 100 } },
      )
    await Promise.all(Array.from({ length: 8 }, increment))
    expect(await cloned.query('select balance from account where id = 1')).toEqual([{ balance: 1008 }])
  })

  it('gives up after so many attempts, with the last failure', async () => {
    const database = openDatabase(cloned.url)
    let attempts = 0
    const failed = database.begin(
      async (session) => {
        attempts++
        await raise(session, '40001')
      },
      { retry: { attempts: 3 } },
    )
    expect(await failureOf(failed)).toBeInstanceOf(SerializationFailureError)
    expect(attempts).toBe(3)
  })

  it.each([
    ['a failure that would come again', (session: Session<TestTables>) => raise(session, '23505')],
    ['the work’s own error', () => Promise.reject(new Error('business'))],
  ] as const)('runs it once after %s', async (_, fail) => {
    const database = openDatabase(cloned.url)
    let attempts = 0
    const failed = database.begin(
      async (session) => {
        attempts++
        await fail(session)
      },
      { retry: { attempts: 5 } },
    )
    await failureOf(failed)
    expect(attempts).toBe(1)
  })

  it('runs it once without the option', async () => {
    const database = openDatabase(cloned.url)
    let attempts = 0
    const failed = database.begin(async (session) => {
      attempts++
      await raise(session, '40001')
    })
    expect(await failureOf(failed)).toMatchObject({ isRetryable: true })
    expect(attempts).toBe(1)
  })

  it('never runs again what may have been committed', async () => {
    const { database, proxy } = await openThroughProxy(cloned.url)
    proxy.intercept(COMMIT_DONE, 'reset')
    const failed = database.begin((session) => insert(session, 'Ada'), { retry: { attempts: 5 } })
    expect(await failureOf(failed)).toBeInstanceOf(CommitUnknownError)
    expect(await names()).toEqual(['Ada'])
  })

  it('never runs again what has done something outside the database and said so', async () => {
    const database = openDatabase(cloned.url)
    let attempts = 0
    const failed = database.begin(
      async (session) => {
        attempts++
        expect(session.isExternal).toBe(false)
        await insert(session, 'Ada')
        session.external()
        await raise(session, '40001')
      },
      { retry: { attempts: 5 } },
    )
    expect(await failureOf(failed)).toBeInstanceOf(SerializationFailureError)
    expect([attempts, await names()]).toEqual([1, []])
  })

  it('never runs again what the work has committed itself', async () => {
    const database = openDatabase(cloned.url)
    let attempts = 0
    const failed = database.begin(
      async (session) => {
        attempts++
        await insert(session, 'committed by the work')
        await session.commit()
        await raise(session, '40001')
      },
      { retry: { attempts: 3 } },
    )
    expect(await failureOf(failed)).toBeInstanceOf(SerializationFailureError)
    expect([attempts, await names()]).toEqual([1, ['committed by the work']])
  })

  it('drops the hooks of the attempts that failed', async () => {
    const database = openDatabase(cloned.url)
    const log: string[] = []
    let attempts = 0
    await database.begin(
      async (session) => {
        const attempt = ++attempts
        session.afterCommit(() => log.push(`mail of attempt ${attempt}`))
        await insert(session, 'Ada')
        if (attempt < 3) await raise(session, '40001')
      },
      { retry: { attempts: 5 } },
    )
    expect(log).toEqual(['mail of attempt 3'])
  })

  it.each([{ attempts: 0 }, { attempts: 1.5 }, { attempts: 3, timeoutMillis: 0 }, { attempt: 3 }])(
    'refuses %j before the work runs',
    async (retry) => {
      const database = openDatabase(cloned.url)
      let hasRun = false
      const work = async () => {
        hasRun = true
      }
      const refused = (async () => database.begin(work, { retry: retry as { attempts: number } }))()
      expect(await failureOf(refused)).toBeInstanceOf(ConfigurationError)
      expect(hasRun).toBe(false)
    },
  )

  it.each([
    ['rety', /Did you mean session\.retry\?/],
    ['somethingElse', /The options here are .*\bretry\b/],
  ])('names itself where %s is no option', async (option, told) => {
    const database = openDatabase(cloned.url)
    const refused = database.begin(() => Promise.resolve(), { [option]: { attempts: 3 } })
    expect(await failureOf(refused)).toMatchObject({ message: expect.stringMatching(told) as unknown })
  })
})
