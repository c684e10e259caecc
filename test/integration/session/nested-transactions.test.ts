import { sql } from 'kysely'
import { setTimeout as sleep } from 'node:timers/promises'
import { beforeEach, describe, expect, it } from 'vitest'
import { CommitRolledBackError } from '../../../src/errors/transaction-error.js'
import { PendingRollbackError, SessionStateError } from '../../../src/errors/usage-error.js'
import type { Session } from '../../../src/session/session.js'
import { cloneDatabase } from '../../support/clone-database.js'
import { failureOf, outcomeOf } from './failure-of.js'
import { openDatabase, type TestTables } from './open-database.js'
import { openThroughProxy } from './open-through-proxy.js'
import { storedNames } from './stored-names.js'

const cloned = cloneDatabase()

beforeEach(async () => {
  await cloned.query('delete from person')
})

const names = () => storedNames(cloned)

async function insert(session: Session<TestTables>, name: string): Promise<void> {
  await session.insertInto('person').values({ name }).execute()
}

/** SAVEPOINT, RELEASE and ROLLBACK TO, as they were sent. */
const savepointSql = (executed: readonly string[]) => executed.filter((text) => /savepoint/.test(text))
const opened = (executed: readonly string[]) => executed.filter((text) => text.startsWith('savepoint '))

describe('Session.beginNested', () => {
  it('keeps what its work did when it returns, and returns its value', async () => {
    const database = openDatabase(cloned.url)
    await using session = database.session()
    await insert(session, 'outer')
    const value = await session.beginNested(async (nested) => {
      await insert(nested, 'inner')
      return 42
    })
    expect(value).toBe(42)
    expect(session.state).toBe('active')
    expect(await names()).toEqual([])
    await session.commit()
    expect(await names()).toEqual(['outer', 'inner'])
  })

  it('undoes only what its work did when it throws, and throws the same', async () => {
    const database = openDatabase(cloned.url)
    await using session = database.session()
    await insert(session, 'before')
    const business = new Error('business')
    const nested = session.beginNested(async () => {
      await insert(session, 'inner')
      throw business
    })
    expect(await failureOf(nested)).toBe(business)
    await insert(session, 'after')
    await session.commit()
    expect(await names()).toEqual(['before', 'after'])
  })

  it('revives the transaction after a statement of its work failed', async () => {
    const database = openDatabase(cloned.url)
    await using session = database.session()
    await insert(session, 'before')
    const nested = session.beginNested(async () => {
      await insert(session, 'inner')
      await sql`select 1/0`.execute(session)
    })
    expect(await failureOf(nested)).toMatchObject({ sqlState: '22012', suppressed: [] })
    expect(session.state).toBe('active')
    await insert(session, 'after')
    await session.commit()
    expect(await names()).toEqual(['before', 'after'])
  })

  it('never returns when its work swallowed a failure: that is undone and thrown', async () => {
    const database = openDatabase(cloned.url)
    await using session = database.session()
    await insert(session, 'before')
    const swallowed: unknown[] = []
    const nested = session.beginNested(async () => {
      await insert(session, 'inner')
      swallowed.push(await failureOf(sql`select 1/0`.execute(session)))
      return 'success'
    })
    const error = await failureOf(nested)
    expect(error).toBeInstanceOf(PendingRollbackError)
    expect((error as Error).cause).toBe(swallowed[0])
    expect(session.state).toBe('active')
    await session.commit()
    expect(await names()).toEqual(['before'])
  })

  it('lets a retry inside succeed after the first attempt failed', async () => {
    const database = openDatabase(cloned.url)
    await using session = database.session()
    for (const email of ['a@x', 'a@x', 'b@x']) {
      const attempt = session.beginNested(() =>
        session.insertInto('person').values({ name: email, email }).execute(),
      )
      await attempt.catch(() => undefined)
    }
    await session.commit()
    expect(await names()).toEqual(['a@x', 'b@x'])
  })

  it('costs nothing when its work asks for nothing', async () => {
    const { database, recorder } = await openThroughProxy(cloned.url)
    await using session = database.session()
    await session.beginNested(async () => 'nothing')
    await failureOf(session.beginNested(() => Promise.reject(new Error('business'))))
    expect(database.engine.stats().acquired).toBe(0)
    await insert(session, 'Ada')
    recorder.clear()
    await session.beginNested(async () => session.beginNested(async () => 'nothing'))
    await failureOf(session.beginNested(() => Promise.reject(new Error('business'))))
    expect(recorder.events).toEqual([])
  })

  it('sends SAVEPOINT in the same round trip as the first statement of its work', async () => {
    const { database, recorder } = await openThroughProxy(cloned.url)
    await using session = database.session()
    await insert(session, 'before')
    recorder.clear()
    await session.beginNested(() => insert(session, 'inner'))
    expect(recorder.executedSql.map((text) => text.split(' ')[0])).toEqual(['savepoint', 'insert', 'release'])
    expect(recorder.roundTrips).toBe(2)
  })

  it('always ends its savepoint: RELEASE, or ROLLBACK TO and then RELEASE', async () => {
    const { database, recorder } = await openThroughProxy(cloned.url)
    await using session = database.session()
    await session.beginNested(() => insert(session, 'kept'))
    await failureOf(
      session.beginNested(async () => {
        await insert(session, 'undone')
        throw new Error('business')
      }),
    )
    const [first, second] = opened(recorder.executedSql).map((text) => text.replace('savepoint ', ''))
    expect(savepointSql(recorder.executedSql)).toEqual([
      `savepoint ${first!}`,
      `release savepoint ${first!}`,
      `savepoint ${second!}`,
      `rollback to savepoint ${second!}`,
      `release savepoint ${second!}`,
    ])
  })

  it('gives every savepoint of a session a name of its own', async () => {
    const { database, recorder } = await openThroughProxy(cloned.url)
    await using session = database.session()
    for (let transaction = 0; transaction < 2; transaction++) {
      for (let round = 0; round < 3; round++) {
        await session.beginNested(async () => {
          await insert(session, 'one')
          await session.beginNested(() => insert(session, 'two'))
        })
      }
      await session.commit()
    }
    const names = opened(recorder.executedSql)
    expect(names).toHaveLength(12)
    expect(new Set(names).size).toBe(12)
  })

  it('lets siblings that run side by side take turns, and undoes only those that failed', async () => {
    const { database, recorder } = await openThroughProxy(cloned.url)
    await using session = database.session()
    const log: string[] = []
    const siblings = ['a', 'b', 'c', 'd', 'e'].map((name, index) =>
      session.beginNested(async () => {
        log.push(`${name} begins`)
        await insert(session, `${name}1`)
        await sleep(5)
        await insert(session, `${name}2`)
        log.push(`${name} ends`)
        if (index % 2 === 1) throw new Error(name)
      }),
    )
    const outcomes = await Promise.allSettled(siblings)
    expect(outcomes.map(({ status }) => status)).toEqual([
      'fulfilled',
      'rejected',
      'fulfilled',
      'rejected',
      'fulfilled',
    ])
    expect(log).toEqual(['a', 'b', 'c', 'd', 'e'].flatMap((name) => [`${name} begins`, `${name} ends`]))
    const kept = ['savepoint', 'release']
    const undone = ['savepoint', 'rollback', 'release']
    expect(savepointSql(recorder.executedSql).map((text) => text.split(' ')[0])).toEqual(
      [kept, undone, kept, undone, kept].flat(),
    )
    await session.commit()
    expect(await names()).toEqual(['a1', 'a2', 'c1', 'c2', 'e1', 'e2'])
  })

  it('lets siblings inside a nested transaction take turns too', async () => {
    const database = openDatabase(cloned.url)
    await using session = database.session()
    await Promise.allSettled(
      ['a', 'b'].map((outer) =>
        session.beginNested(async () => {
          await insert(session, outer)
          await Promise.allSettled(
            ['1', '2', '3'].map((inner) =>
              session.beginNested(async () => {
                await sleep(2)
                await insert(session, outer + inner)
                if (inner === '2') throw new Error(inner)
              }),
            ),
          )
        }),
      ),
    )
    await session.commit()
    expect(await names()).toEqual(['a', 'a1', 'a3', 'b', 'b1', 'b3'])
  })

  it('nests 20 deep, and a failure undoes its own level and what is inside it', async () => {
    const database = openDatabase(cloned.url)
    await using session = database.session()
    const descend = async (level: number): Promise<void> => {
      await insert(session, `level ${level}`)
      if (level === 20) throw new Error('the bottom')
      await session
        .beginNested(() => descend(level + 1))
        .catch((error: unknown) => {
          if (level !== 8) throw error
        })
    }
    await session.beginNested(() => descend(1))
    await session.commit()
    expect(await names()).toEqual(Array.from({ length: 8 }, (_, index) => `level ${index + 1}`))
  })

  it('nests 20 deep and keeps all of it', async () => {
    const database = openDatabase(cloned.url)
    await using session = database.session()
    const descend = async (level: number): Promise<void> => {
      await insert(session, `level ${level}`)
      if (level < 20) await session.beginNested(() => descend(level + 1))
    }
    await session.beginNested(() => descend(1))
    await session.commit()
    expect(await names()).toHaveLength(20)
  })

  it('does not save the transaction around it from a failure before it', async () => {
    const database = openDatabase(cloned.url)
    await using session = database.session()
    await failureOf(sql`select 1/0`.execute(session))
    let hasRun = false
    const nested = session.beginNested(async () => {
      hasRun = true
    })
    expect(await failureOf(nested)).toBeInstanceOf(PendingRollbackError)
    expect(hasRun).toBe(false)
    expect(await failureOf(session.commit())).toBeInstanceOf(CommitRolledBackError)
  })

  it('is undone by rollback() of the whole transaction', async () => {
    const database = openDatabase(cloned.url)
    await using session = database.session()
    await session.beginNested(() => insert(session, 'inner'))
    await session.rollback()
    await insert(session, 'later')
    await session.commit()
    expect(await names()).toEqual(['later'])
  })

  it.each(['commit', 'rollback', 'close'] as const)(
    'says clearly that the transaction around it has ended, when %s() came first',
    async (end) => {
      const database = openDatabase(cloned.url)
      const session = database.session()
      const nested = session.beginNested(async () => {
        await insert(session, 'inner')
        await session[end]()
        return 'success'
      })
      const error = await failureOf(nested)
      expect(error).toBeInstanceOf(SessionStateError)
      expect((error as Error).message).toMatch(/ended/)
      expect(await names()).toEqual(end === 'commit' ? ['inner'] : [])
      await session.close()
    },
  )

  it('lets a statement of its work begin no new transaction after the one around it has ended', async () => {
    const database = openDatabase(cloned.url)
    await using session = database.session()
    const nested = session.beginNested(async () => {
      await insert(session, 'inner')
      await session.rollback()
      await insert(session, 'late')
    })
    expect(await failureOf(nested)).toBeInstanceOf(SessionStateError)
    await session.commit()
    expect(await names()).toEqual([])
  })

  it('takes a statement along that other code issues meanwhile: it shares the fate of the work', async () => {
    const database = openDatabase(cloned.url)
    await using session = database.session()
    await insert(session, 'before')
    const nested = session.beginNested(async () => {
      await insert(session, 'inner')
      await sleep(10)
      throw new Error('business')
    })
    const beside = sleep(5).then(() => insert(session, 'beside'))
    await failureOf(nested)
    await beside
    await session.commit()
    expect(await names()).toEqual(['before'])
  })

  it('refuses siblings that waited while the connection was lost', async () => {
    const { database, proxy } = await openThroughProxy(cloned.url)
    await using session = database.session()
    await insert(session, 'before')
    proxy.intercept({ direction: 'toServer', name: 'Execute', text: /^insert/ }, 'reset')
    const outcomes = await Promise.all(
      [1, 2, 3, 4].map((n) => outcomeOf(session.beginNested(() => insert(session, `sibling ${n}`)))),
    )
    expect(outcomes[0]).toMatchObject({ code: 'DISCONNECTED' })
    for (const outcome of outcomes.slice(1)) expect(outcome).toBeInstanceOf(SessionStateError)
  })

  it('lets others go on after the one that they waited for was ended from outside', async () => {
    const database = openDatabase(cloned.url)
    await using session = database.session()
    const first = session.beginNested(async () => {
      await insert(session, 'first')
      await session.rollback()
    })
    const second = session.beginNested(() => insert(session, 'second'))
    expect(await failureOf(first)).toBeInstanceOf(SessionStateError)
    await second
    await session.commit()
    expect(await names()).toEqual(['second'])
  })

  it('fails with the loss when the connection goes inside it, and says nothing of savepoints', async () => {
    const { database, proxy } = await openThroughProxy(cloned.url)
    await using session = database.session()
    const nested = session.beginNested(async () => {
      await insert(session, 'inner')
      proxy.resetAll()
      await insert(session, 'more')
    })
    expect(await failureOf(nested)).toMatchObject({ code: 'DISCONNECTED' })
    expect(session.state).toBe('invalid')
    await session.rollback()
    expect(await names()).toEqual([])
  })
})
