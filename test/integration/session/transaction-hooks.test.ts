import { sql } from 'kysely'
import { setTimeout as sleep } from 'node:timers/promises'
import { beforeEach, describe, expect, it } from 'vitest'
import type { Logger } from '../../../src/config/logger.js'
import { CommitRolledBackError, CommitUnknownError } from '../../../src/errors/transaction-error.js'
import { SessionClosedError } from '../../../src/errors/usage-error.js'
import type { Session } from '../../../src/session/session.js'
import { cloneDatabase } from '../../support/clone-database.js'
import { failureOf, outcomeOf } from './failure-of.js'
import { openDatabase, type TestTables } from './open-database.js'
import { COMMIT_ASKED, COMMIT_DONE, openThroughProxy } from './open-through-proxy.js'
import { storedNames } from './stored-names.js'

const cloned = cloneDatabase()

beforeEach(async () => {
  await cloned.query('delete from person')
})

const names = () => storedNames(cloned)

async function insert(session: Session<TestTables>, name: string): Promise<void> {
  await session.insertInto('person').values({ name }).execute()
}

/** Registers one hook of each kind, which write their names down. */
function note(session: Session<TestTables>, log: string[], suffix = ''): void {
  session.beforeCommit(() => log.push(`beforeCommit${suffix}`))
  session.afterCommit(() => log.push(`afterCommit${suffix}`))
  session.afterRollback(() => log.push(`afterRollback${suffix}`))
  session.afterCompletion((outcome) => log.push(`afterCompletion${suffix} ${outcome}`))
}

describe('Session hooks (DESIGN §5.2)', () => {
  it('run around COMMIT in order, each awaited, before commit() resolves', async () => {
    const database = openDatabase(cloned.url)
    await using session = database.session()
    const log: string[] = []
    await insert(session, 'Ada')
    session.afterCompletion((outcome) => log.push(`completion ${outcome}`))
    session.afterCommit(async () => {
      await sleep(5)
      log.push(`first ${session.state} ${database.engine.stats().inUse} ${(await names()).join()}`)
    })
    session.afterCommit(() => log.push('second'))
    session.beforeCommit(async () => {
      await insert(session, 'before')
      log.push(`before ${session.state}`)
    })
    await session.commit()
    log.push('resolved')
    expect(log).toEqual([
      'before active',
      'first idle 0 Ada,before',
      'second',
      'completion committed',
      'resolved',
    ])
  })

  it('are for one transaction', async () => {
    const database = openDatabase(cloned.url)
    await using session = database.session()
    const log: string[] = []
    note(session, log)
    await insert(session, 'Ada')
    await session.commit()
    log.length = 0
    await insert(session, 'Grace')
    await session.commit()
    expect(log).toEqual([])
  })

  it('wait for a transaction: a commit of nothing runs none, and costs nothing', async () => {
    const database = openDatabase(cloned.url)
    await using session = database.session()
    const log: string[] = []
    note(session, log)
    await session.commit()
    expect(log).toEqual([])
    expect(database.engine.stats().acquired).toBe(0)
    await insert(session, 'Ada')
    await session.commit()
    expect(log).toEqual(['beforeCommit', 'afterCommit', 'afterCompletion committed'])
  })

  it('run at the commit of a transaction that was begun and did nothing', async () => {
    const database = openDatabase(cloned.url)
    await using session = database.session()
    const log: string[] = []
    session.begin()
    note(session, log)
    await session.commit()
    expect(log).toEqual(['beforeCommit', 'afterCommit', 'afterCompletion committed'])
    expect(database.engine.stats().acquired).toBe(0)
  })

  it.each(['rollback', 'close', 'abort'] as const)('tell of a rollback by %s()', async (end) => {
    const database = openDatabase(cloned.url)
    const session = database.session()
    const log: string[] = []
    note(session, log)
    await insert(session, 'Ada')
    await session[end]()
    await session.close()
    expect(log).toEqual(['afterRollback', 'afterCompletion rolled back'])
  })

  it('roll back and throw when one before COMMIT fails; those behind it do not run', async () => {
    const database = openDatabase(cloned.url)
    await using session = database.session()
    const log: string[] = []
    const business = new Error('business')
    session.beforeCommit(() => {
      throw business
    })
    note(session, log)
    await insert(session, 'Ada')
    expect(await failureOf(session.commit())).toBe(business)
    expect(log).toEqual(['afterRollback', 'afterCompletion rolled back'])
    expect(session.state).toBe('idle')
    expect(await names()).toEqual([])
  })

  it('can not undo a commit: a failure after it is logged, the others run, commit() resolves', async () => {
    const errors: string[] = []
    const quiet = () => undefined
    const logger: Logger = {
      debug: quiet,
      info: quiet,
      warn: quiet,
      error: (_, message) => errors.push(message),
    }
    const database = openDatabase(cloned.url, { logger })
    await using session = database.session()
    const log: string[] = []
    session.afterCommit(() => Promise.reject(new Error('the mail server is down')))
    note(session, log)
    await insert(session, 'Ada')
    await session.commit()
    expect(log).toEqual(['beforeCommit', 'afterCommit', 'afterCompletion committed'])
    expect(errors).toHaveLength(1)
    expect(await names()).toEqual(['Ada'])
  })

  it('tell of a rollback when COMMIT was answered with one', async () => {
    const database = openDatabase(cloned.url)
    await using session = database.session()
    const log: string[] = []
    note(session, log)
    await failureOf(sql`select 1/0`.execute(session))
    expect(await failureOf(session.commit())).toBeInstanceOf(CommitRolledBackError)
    expect(log.filter((line) => line !== 'beforeCommit')).toEqual([
      'afterRollback',
      'afterCompletion rolled back',
    ])
  })

  it('tell that the outcome is unknown when the answer to COMMIT was lost', async () => {
    const { database, proxy } = await openThroughProxy(cloned.url, { session: { resolveCommitMillis: 0 } })
    await using session = database.session()
    const log: string[] = []
    note(session, log)
    await insert(session, 'Ada')
    proxy.intercept(COMMIT_DONE, 'reset')
    expect(await failureOf(session.commit())).toBeInstanceOf(CommitUnknownError)
    await session.rollback()
    expect(log).toEqual(['beforeCommit', 'afterCompletion unknown'])
  })

  it.each([
    [COMMIT_DONE, ['beforeCommit', 'afterCommit', 'afterCompletion committed']],
    [COMMIT_ASKED, ['beforeCommit', 'afterRollback', 'afterCompletion rolled back']],
  ] as const)(
    'follow the outcome that another connection found out (%o was lost)',
    async (lost, expected) => {
      const { database, proxy } = await openThroughProxy(cloned.url)
      await using session = database.session()
      const log: string[] = []
      note(session, log)
      await insert(session, 'Ada')
      proxy.intercept(lost, 'reset')
      expect(await failureOf(session.commit())).toBeInstanceOf(CommitUnknownError)
      await session.rollback()
      expect(log).toEqual(expected)
    },
  )

  it('that a nested transaction registered go with it: kept on its return, dropped when it is undone', async () => {
    const database = openDatabase(cloned.url)
    await using session = database.session()
    const log: string[] = []
    await session.beginNested(async () => {
      await insert(session, 'kept')
      session.afterCommit(() => log.push('kept'))
      await outcomeOf(
        session.beginNested(async () => {
          await insert(session, 'undone')
          session.afterCommit(() => log.push('undone'))
          await session.beginNested(async () => {
            session.afterCommit(() => log.push('inside undone'))
          })
          throw new Error('business')
        }),
      )
    })
    await session.commit()
    expect(log).toEqual(['kept'])
  })

  it.each(['rollback', 'close', 'abort'] as const)(
    'tell of the commit when %s() came while COMMIT was in flight',
    async (second) => {
      const { database, proxy } = await openThroughProxy(cloned.url)
      const session = database.session()
      const log: string[] = []
      note(session, log)
      await insert(session, 'Ada')
      const hold = proxy.intercept(COMMIT_DONE, 'hold')
      const committed = session.commit()
      await hold.firstHit
      const joined = session[second]()
      hold.release()
      await Promise.all([committed, joined])
      await session.close()
      expect(await names()).toEqual(['Ada'])
      expect(log).toEqual(['beforeCommit', 'afterCommit', 'afterCompletion committed'])
    },
  )

  it('may begin the next transaction of the same session after the commit', async () => {
    const database = openDatabase(cloned.url)
    await using session = database.session()
    await insert(session, 'Ada')
    session.afterCommit(async () => {
      await insert(session, 'after')
      await session.commit()
    })
    await session.commit()
    expect(await names()).toEqual(['Ada', 'after'])
  })

  it('are refused on a closed session', async () => {
    const database = openDatabase(cloned.url)
    const session = database.session()
    await session.close()
    expect(() => session.afterCommit(() => undefined)).toThrow(SessionClosedError)
  })
})
