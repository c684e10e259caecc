import { sql } from 'kysely'
import { beforeEach, describe, expect, it } from 'vitest'
import { UnexpectedRollbackError } from '../../../src/errors/transaction-error.js'
import {
  ConfigurationError,
  ForeignQueryError,
  NoActiveSessionError,
  SessionClosedError,
  SessionStateError,
} from '../../../src/errors/usage-error.js'
import { Deferred } from '../../../src/foundation/deferred.js'
import type { Session } from '../../../src/session/session.js'
import { cloneDatabase } from '../../support/clone-database.js'
import { decoratedPeople } from './people.decorated.js'
import { failureOf, outcomeOf } from './failure-of.js'
import { openDatabase } from './open-database.js'
import { storedNames } from './stored-names.js'

const cloned = cloneDatabase()

beforeEach(async () => {
  await cloned.query('delete from person')
})

const names = () => storedNames(cloned)

function open(strictScope = false) {
  const database = openDatabase(cloned.url, { strictScope })
  const { scoped } = database
  const insert = async (name: string): Promise<Session<never>> => {
    await scoped.current().insertInto('person').values({ name }).execute()
    return scoped.current() as unknown as Session<never>
  }
  return { database, scoped, insert }
}

describe('ScopedSession.transactional', () => {
  it('opens a session where none is in scope, commits, and closes it', async () => {
    const { database, scoped, insert } = open()
    const register = scoped.transactional(insert)
    const session = await register('Ada')
    expect(session.state).toBe('closed')
    expect(scoped.isActive).toBe(false)
    expect(database.engine.stats().inUse).toBe(0)
    expect(await names()).toEqual(['Ada'])
  })

  it('rolls back when the function throws', async () => {
    const { scoped, insert } = open()
    const register = scoped.transactional(async (name: string) => {
      await insert(name)
      throw new Error('business')
    })
    expect(await failureOf(register('Ada'))).toMatchObject({ message: 'business' })
    expect(await names()).toEqual([])
  })

  it('joins the transaction of the session in scope; a swallowed failure dooms it', async () => {
    const { scoped, insert } = open()
    const register = scoped.transactional(insert)
    const failing = scoped.transactional(() => Promise.reject(new Error('business')))
    await scoped.transactional(async () => {
      const outer = scoped.current()
      expect(await register('Ada')).toBe(outer)
    })()
    const doomed = scoped.transactional(async () => {
      await insert('Grace')
      await outcomeOf(failing())
    })
    expect(await failureOf(doomed())).toBeInstanceOf(UnexpectedRollbackError)
    expect(await names()).toEqual(['Ada'])
  })

  it('puts the other session in scope while one is suspended', async () => {
    const { scoped, insert } = open()
    const audit = scoped.transactional(insert, { propagation: 'requiresNew' })
    const alone = scoped.transactional(insert, { propagation: 'notSupported' })
    const outer = scoped.transactional(async () => {
      const session = scoped.current()
      await insert('undone')
      expect(await audit('audit')).not.toBe(session)
      expect(await alone('alone')).not.toBe(session)
      expect(scoped.current()).toBe(session)
      throw new Error('business')
    })
    await outcomeOf(outer())
    expect(await names()).toEqual(['audit', 'alone'])
  })

  it('runs again after a serialization failure where it is the outermost, in a fresh session', async () => {
    const { scoped, insert } = open()
    const seen = new Set<unknown>()
    const register = scoped.transactional(
      async (name: string) => {
        seen.add(await insert(name))
        const fail = sql`do $$ begin raise exception 'x' using errcode = '40001'; end $$`
        if (seen.size < 3) await fail.execute(scoped.current())
      },
      { retry: { attempts: 5 } },
    )
    await register('Ada')
    expect(seen.size).toBe(3)
    expect(await names()).toEqual(['Ada'])
  })

  it('refuses where the session in scope was closed, rather than to open another', async () => {
    const { scoped, insert } = open()
    const register = scoped.transactional(insert)
    await scoped.run(async (session) => {
      await session.close()
      const refused = await failureOf(register('Ada'))
      expect(refused).toBeInstanceOf(SessionClosedError)
      expect((refused as Error).message).toMatch(/closed \(at .*scoped-transactional\.test\.ts:\d+:\d+\)/)
    })
    expect(await names()).toEqual([])
  })

  it('refuses mandatory outside any scope, and options that it does not know when it is made', async () => {
    const { scoped, insert } = open()
    const mandatory = scoped.transactional(insert, { propagation: 'mandatory' })
    expect(await failureOf(mandatory('Ada'))).toBeInstanceOf(SessionStateError)
    expect(() => scoped.transactional(insert, { retries: 3 } as object)).toThrow(ConfigurationError)
  })
})

describe('Transactional', () => {
  it('decorates a method, with its this and its arguments', async () => {
    const { database, insert } = open()
    const people = decoratedPeople(database, insert)
    expect(await people.register('Ada', 'Grace')).toBe(2)
    await outcomeOf(people.registerAndFail())
    expect(await names()).toEqual(['Dr. Ada', 'Dr. Grace'])
  })
})

describe('ScopedSession.current, where no session is in scope', () => {
  const messageOf = (scoped: { current(): unknown }): string => {
    try {
      scoped.current()
    } catch (error) {
      if (error instanceof NoActiveSessionError) return error.message
    }
    return 'nothing was thrown'
  }

  it('says that none was ever opened', () => {
    expect(messageOf(open().scoped)).toMatch(/no scope was ever opened in this process/)
  })

  it('says that all are closed, and where the last was opened', async () => {
    const { scoped } = open()
    await scoped.run(async () => undefined)
    expect(messageOf(scoped)).toMatch(
      /all scopes are closed, the last one was opened \(at .*test\.ts:\d+:\d+\)/,
    )
  })

  it('says that the context was lost, where a callback of another library runs outside of it', async () => {
    const { scoped } = open()
    const kept = new Deferred<undefined>()
    const outside = kept.promise.then(() => messageOf(scoped))
    await scoped.run(async () => {
      kept.resolve(undefined)
      expect(await outside).toMatch(
        /context was lost, .*opened \(at .*test\.ts:\d+:\d+\).*AsyncResource\.bind/,
      )
    })
  })

  it('says so of the scope of a request too, which has no end of its own', async () => {
    const { database, scoped } = open()
    const session = database.session()
    scoped.bind(session, () => undefined)
    expect(messageOf(scoped)).toMatch(/context was lost/)
    await session.close()
    expect(messageOf(scoped)).toMatch(/all scopes are closed/)
  })

  it('says that it was left', async () => {
    const { scoped } = open()
    await scoped.run(async () => {
      expect(scoped.exit(() => messageOf(scoped))).toMatch(/left by scoped\.exit\(\)/)
    })
  })
})

describe('strictScope (pain 8, I-FOREIGN)', () => {
  it('refuses queries on the database beside the transaction that is open in scope', async () => {
    const { database, scoped, insert } = open(true)
    await scoped.run(async () => {
      await database.kysely.selectFrom('person').select('id').execute()
      await insert('Ada')
      const foreign = [
        database.kysely.selectFrom('person').select('id').execute(),
        database.kysely.transaction().execute(() => Promise.resolve()),
        database.kysely.connection().execute(() => Promise.resolve()),
        database.begin(() => Promise.resolve()),
        database.with({ schema: 'public' }).begin(() => Promise.resolve()),
      ]
      for (const each of foreign) expect(await failureOf(each)).toBeInstanceOf(ForeignQueryError)
      expect(database.engine.stats().inUse).toBe(1)
      await scoped.current().commit()
      await database.kysely.selectFrom('person').select('id').execute()
    })
  })

  it('allows them where that is asked for', async () => {
    const { database, scoped, insert } = open(true)
    await scoped.run(async () => {
      await insert('Ada')
      await scoped.exit(() =>
        database.begin((own) => own.insertInto('person').values({ name: 'audit' }).execute()),
      )
    })
    expect(await names()).toEqual(['audit'])
  })

  it('is off by default', async () => {
    const { database, scoped, insert } = open()
    await scoped.run(async () => {
      await insert('Ada')
      expect(await database.kysely.selectFrom('person').select('id').execute()).toEqual([])
    })
  })
})
