import { sql } from 'kysely'
import { beforeEach, describe, expect, it } from 'vitest'
import { CommitRolledBackError, UnexpectedRollbackError } from '../../../src/errors/transaction-error.js'
import {
  ConfigurationError,
  PendingRollbackError,
  SessionStateError,
  UsageError,
} from '../../../src/errors/usage-error.js'
import { Deferred } from '../../../src/foundation/deferred.js'
import type { Session } from '../../../src/session/session.js'
import type { Propagation } from '../../../src/session/transactional-options.js'
import { cloneDatabase } from '../../support/clone-database.js'
import { failureOf, outcomeOf } from './failure-of.js'
import { openDatabase, type TestTables } from './open-database.js'
import { openThroughProxy, PLAIN_BEGIN, wordsOf } from './open-through-proxy.js'
import { storedNames } from './stored-names.js'

const cloned = cloneDatabase()

beforeEach(async () => {
  await cloned.query('delete from person')
})

const names = () => storedNames(cloned)

async function insert(session: Session<TestTables>, name: string): Promise<void> {
  await session.insertInto('person').values({ name }).execute()
}

const nameOf = (each: PromiseSettledResult<unknown>): string =>
  each.status === 'rejected' ? (each.reason as Error).constructor.name : each.status

class BusinessError extends Error {}
const fail = () => Promise.reject(new BusinessError())

/** What became of the work: which session ran it, and what is stored when all of it is over. */
const OUTSIDE: Readonly<Record<Propagation, { readonly runs: 'here' | 'beside' | 'refused' }>> = {
  required: { runs: 'here' },
  nested: { runs: 'here' },
  requiresNew: { runs: 'here' },
  mandatory: { runs: 'refused' },
  supports: { runs: 'beside' },
  notSupported: { runs: 'beside' },
  never: { runs: 'beside' },
}
const INSIDE: typeof OUTSIDE = {
  required: { runs: 'here' },
  nested: { runs: 'here' },
  requiresNew: { runs: 'beside' },
  mandatory: { runs: 'here' },
  supports: { runs: 'here' },
  notSupported: { runs: 'beside' },
  never: { runs: 'refused' },
}
const BEGINS: readonly Propagation[] = ['required', 'nested', 'requiresNew']

describe('Session.transactional: the seven modes (DESIGN §5.3)', () => {
  it.each(Object.entries(OUTSIDE) as [Propagation, { runs: string }][])(
    '%s without a transaction: $runs',
    async (propagation, { runs }) => {
      const database = openDatabase(cloned.url)
      await using session = database.session()
      const seen: Session<TestTables>[] = []
      const error = await outcomeOf(
        session.transactional(
          async (given) => {
            seen.push(given)
            expect(given.inTransaction).toBe(BEGINS.includes(propagation))
            await insert(given, 'Ada')
          },
          { propagation },
        ),
      )
      if (runs === 'refused')
        expect(error).toMatchObject({ code: 'SESSION_STATE', attempted: 'transactional' })
      else expect(seen.map((given) => given === session)).toEqual([runs === 'here'])
      expect(session.inTransaction).toBe(false)
      expect(await names()).toEqual(runs === 'refused' ? [] : ['Ada'])
    },
  )

  it.each(Object.entries(OUTSIDE) as [Propagation, { runs: string }][])(
    '%s without a transaction, when its work fails: nothing stays of a transaction, everything of none',
    async (propagation, { runs }) => {
      const database = openDatabase(cloned.url)
      await using session = database.session()
      const failed = session.transactional(
        async (given) => {
          await insert(given, 'Ada')
          throw new BusinessError()
        },
        { propagation },
      )
      expect(await failureOf(failed)).toBeInstanceOf(runs === 'refused' ? SessionStateError : BusinessError)
      expect(session.state).toBe('idle')
      expect(await names()).toEqual(runs === 'beside' ? ['Ada'] : [])
    },
  )

  it.each(Object.entries(INSIDE) as [Propagation, { runs: string }][])(
    '%s inside a transaction that is rolled back: what runs beside it stays',
    async (propagation, { runs }) => {
      const database = openDatabase(cloned.url)
      await using session = database.session()
      await insert(session, 'outer')
      const error = await outcomeOf(
        session.transactional(
          async (given) => {
            expect(given === session).toBe(runs === 'here')
            expect(given.inTransaction).toBe(propagation !== 'notSupported')
            expect(session.state).toBe('active')
            await insert(given, 'inner')
          },
          { propagation },
        ),
      )
      if (runs === 'refused')
        expect(error).toMatchObject({ code: 'SESSION_STATE', attempted: 'transactional' })
      else expect(error).toBeUndefined()
      expect(session.state).toBe('active')
      await session.rollback()
      expect(await names()).toEqual(runs === 'beside' ? ['inner'] : [])
    },
  )

  it.each(Object.entries(INSIDE) as [Propagation, { runs: string }][])(
    '%s inside a transaction, when its work fails and that is swallowed',
    async (propagation, { runs }) => {
      const database = openDatabase(cloned.url)
      await using session = database.session()
      await insert(session, 'outer')
      await outcomeOf(
        session.transactional(
          async (given) => {
            await insert(given, 'inner')
            throw new BusinessError()
          },
          { propagation },
        ),
      )
      const error = await outcomeOf(session.commit())
      const joins = runs === 'here' && propagation !== 'nested'
      if (joins) expect(error).toBeInstanceOf(UnexpectedRollbackError)
      else expect(error).toBeUndefined()
      const inner = propagation === 'notSupported' ? ['inner'] : []
      expect((await names()).toSorted()).toEqual(joins ? [] : [...inner, 'outer'])
    },
  )
})

describe('Session.transactional: joining (R9)', () => {
  it('costs no round trip', async () => {
    const { database, recorder } = await openThroughProxy(cloned.url)
    await using session = database.session()
    await session.transactional(() => session.transactional(() => insert(session, 'Ada')))
    expect(wordsOf(recorder)).toEqual([...PLAIN_BEGIN, 'insert', 'commit'])
  })

  it('fails the commit with the swallowed failure as its cause, and works again afterwards', async () => {
    const database = openDatabase(cloned.url)
    await using session = database.session()
    const business = new BusinessError()
    const failed = session.transactional(async () => {
      await insert(session, 'outer')
      await outcomeOf(session.transactional(() => Promise.reject(business)))
      await insert(session, 'after')
    })
    expect(await failureOf(failed)).toMatchObject({ code: 'UNEXPECTED_ROLLBACK', cause: business })
    expect(session.state).toBe('idle')
    await session.transactional(() => insert(session, 'next'))
    expect(await names()).toEqual(['next'])
  })

  it('fails database.begin() too, and its retry asks whether the cause is retryable', async () => {
    const database = openDatabase(cloned.url)
    let runs = 0
    const failed = database.begin(
      async (session) => {
        runs++
        await outcomeOf(
          session.transactional(() =>
            sql`do $$ begin raise exception 'x' using errcode = '40001'; end $$`.execute(session),
          ),
        )
      },
      { retry: { attempts: 3 } },
    )
    expect(await failureOf(failed)).toBeInstanceOf(UnexpectedRollbackError)
    expect(runs).toBe(3)
  })

  it('is refused at once in a transaction that has failed, with the first failure as cause', async () => {
    const database = openDatabase(cloned.url)
    await using session = database.session()
    const first = await failureOf(sql`select 1/0`.execute(session))
    const refused = await failureOf(session.transactional(fail))
    expect(refused).toBeInstanceOf(PendingRollbackError)
    expect(refused).toMatchObject({ cause: first })
    expect(await failureOf(session.commit())).toBeInstanceOf(CommitRolledBackError)
  })

  it('forgets a failure with the savepoint that it happened in', async () => {
    const database = openDatabase(cloned.url)
    await using session = database.session()
    await session.transactional(async () => {
      await insert(session, 'outer')
      await outcomeOf(
        session.beginNested(async () => {
          await insert(session, 'nested')
          await outcomeOf(session.transactional(fail))
          throw new BusinessError()
        }),
      )
    })
    expect(await names()).toEqual(['outer'])
  })

  it('fails the savepoint whose work swallowed the failure, and nothing around it', async () => {
    const database = openDatabase(cloned.url)
    await using session = database.session()
    await session.transactional(async () => {
      await insert(session, 'outer')
      const nested = session.beginNested(async () => {
        await insert(session, 'nested')
        await outcomeOf(session.transactional(fail))
      })
      expect(await failureOf(nested)).toBeInstanceOf(UnexpectedRollbackError)
    })
    expect(await names()).toEqual(['outer'])
  })

  it('lets works that were started side by side share one transaction: all of them or none', async () => {
    const database = openDatabase(cloned.url)
    await using session = database.session()
    const second = new Deferred<undefined>()
    const both = [
      session.transactional(() => insert(session, 'first')),
      session.transactional(async () => {
        await insert(session, 'second')
        await second.promise
        await insert(session, 'late')
      }),
    ]
    await insert(session, 'between')
    expect(await names()).toEqual([])
    second.resolve(undefined)
    await Promise.all(both)
    expect((await names()).toSorted()).toEqual(['between', 'first', 'late', 'second'])

    const failing = await Promise.allSettled([
      session.transactional(() => insert(session, 'lost')),
      session.transactional(fail),
    ])
    expect(failing.map((each) => nameOf(each))).toEqual(['UnexpectedRollbackError', 'BusinessError'])
    expect(await names()).not.toContain('lost')
  })

  it('refuses commit() inside the work, which would end what is not its own', async () => {
    const database = openDatabase(cloned.url)
    await using session = database.session()
    await session.transactional(async () => {
      await insert(session, 'Ada')
      expect(await failureOf(session.commit())).toMatchObject({ code: 'SESSION_STATE', attempted: 'commit' })
    })
    expect(await names()).toEqual(['Ada'])
  })

  it('throws when the transaction was rolled back under the work, and refuses what still comes', async () => {
    const database = openDatabase(cloned.url)
    await using session = database.session()
    const ended = session.transactional(async () => {
      await insert(session, 'Ada')
      await session.rollback()
      expect(await failureOf(insert(session, 'late'))).toBeInstanceOf(SessionStateError)
    })
    expect(await failureOf(ended)).toBeInstanceOf(UnexpectedRollbackError)
    expect(await names()).toEqual([])
  })

  it('refuses a statement of the work that comes after the work', async () => {
    const database = openDatabase(cloned.url)
    await using session = database.session()
    const later = new Deferred<undefined>()
    let straggler: Promise<unknown> | undefined
    await session.transactional(async () => {
      straggler = outcomeOf(later.promise.then(() => insert(session, 'late')))
      await insert(session, 'Ada')
    })
    later.resolve(undefined)
    expect(await straggler).toMatchObject({ code: 'SESSION_STATE' })
    await session.commit()
    expect(await names()).toEqual(['Ada'])
  })

  it('lets savepoints nest inside it, inside each other', async () => {
    const database = openDatabase(cloned.url)
    await using session = database.session()
    await session.transactional(() =>
      session.beginNested(() =>
        session.transactional(() =>
          session.beginNested(() => session.transactional(() => insert(session, 'deep'))),
        ),
      ),
    )
    expect(await names()).toEqual(['deep'])
  })
})

describe('Session.transactional: options that the transaction around can not honour', () => {
  it.each([
    [{}, { isolationLevel: 'serializable' }, /isolationLevel "serializable".*server's default/],
    [{ isolationLevel: 'repeatable read' }, { isolationLevel: 'serializable' }, /has "repeatable read"/],
    [{ readOnly: true }, { readOnly: false }, /readOnly false.*has true/],
    [{}, { readOnly: true }, /readOnly true.*has false/],
    [{}, { deferrable: true }, /deferrable true/],
  ] as const)('of %o refuses %o', async (outer, inner, message) => {
    const database = openDatabase(cloned.url)
    await using session = database.session()
    await session.transactional(async () => {
      for (const propagation of ['required', 'nested', 'mandatory', 'supports'] as const) {
        const error = await failureOf(session.transactional(fail, { propagation, ...inner }))
        expect(error).toBeInstanceOf(UsageError)
        expect((error as Error).message).toMatch(message)
      }
    }, outer)
  })

  it('takes what the transaction around is anyway', async () => {
    const database = openDatabase(cloned.url)
    const options = { isolationLevel: 'serializable', readOnly: true, deferrable: true } as const
    await using session = database.session(options)
    const shown = await session.transactional(() =>
      session.transactional(
        () =>
          sql<{ level: string }>`select current_setting('transaction_isolation') as level`.execute(session),
        options,
      ),
    )
    expect(shown.rows).toEqual([{ level: 'serializable' }])
  })

  it('gives a transaction of its own what it asks for, and what the session has', async () => {
    const database = openDatabase(cloned.url)
    await using session = database.session({ settings: { 'app.tenant_id': 'acme' } })
    session.info.set('user', 'ada')
    await insert(session, 'outer')
    const { rows, user } = await session.transactional(
      async (other) => ({
        ...(await sql`select current_setting('transaction_isolation') as level,
                             current_setting('app.tenant_id') as tenant`.execute(other)),
        user: other.info.get('user'),
      }),
      { propagation: 'requiresNew', isolationLevel: 'repeatable read' },
    )
    expect(rows).toEqual([{ level: 'repeatable read', tenant: 'acme' }])
    expect(user).toBe('ada')
  })

  it.each(['requiresNew', 'notSupported'] as const)(
    '%s is refused at once where the suspended transaction holds the last connection (pain 7)',
    async (propagation) => {
      const database = openDatabase(cloned.url, {
        pool: { size: 1, maxOverflow: 0, acquireTimeoutMillis: 60_000 },
      })
      await using session = database.session()
      await insert(session, 'outer')
      const stuck = session.transactional((other) => insert(other, 'inner'), { propagation })
      expect(await failureOf(stuck)).toMatchObject({ code: 'POOL_DEADLOCK' })
      await session.commit()
      expect(await names()).toEqual(['outer'])
    },
  )

  it('runs beside a transaction that has failed', async () => {
    const database = openDatabase(cloned.url)
    await using session = database.session()
    await failureOf(sql`select 1/0`.execute(session))
    await session.transactional((other) => insert(other, 'audit'), { propagation: 'requiresNew' })
    expect(await names()).toEqual(['audit'])
  })

  it('refuses an unknown option and an unknown propagation', async () => {
    const database = openDatabase(cloned.url)
    await using session = database.session()
    const misspelt = { propogation: 'nested' } as object
    expect(await failureOf(session.transactional(fail, misspelt))).toBeInstanceOf(ConfigurationError)
    const unknown = { propagation: 'REQUIRED' } as unknown as { propagation: Propagation }
    expect(await failureOf(session.transactional(fail, unknown))).toBeInstanceOf(ConfigurationError)
    expect(
      await failureOf(session.transactional(fail, { propagation: 'never', isolationLevel: 'serializable' })),
    ).toBeInstanceOf(UsageError)
  })
})
