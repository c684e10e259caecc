import { setTimeout as sleep } from 'node:timers/promises'
import { beforeEach, describe, expect, it } from 'vitest'
import { NoActiveSessionError, SessionClosedError } from '../../../src/errors/usage-error.js'
import { Deferred } from '../../../src/foundation/deferred.js'
import { cloneDatabase } from '../../support/clone-database.js'
import { failureOf, outcomeOf } from './failure-of.js'
import { openDatabase } from './open-database.js'

const cloned = cloneDatabase()

beforeEach(async () => {
  await cloned.query('delete from person')
})

const names = async () =>
  (await cloned.query<{ name: string }>('select name from person order by name')).map(({ name }) => name)

describe('ScopedSession.run', () => {
  it('puts a new session in scope, hands it to the work too, and returns what the work returns', async () => {
    const database = openDatabase(cloned.url)
    const value = await database.scoped.run(async (session) => {
      expect(database.scoped.current()).toBe(session)
      expect(database.scoped.isActive).toBe(true)
      await session.insertInto('person').values({ name: 'Ada' }).execute()
      await database.scoped.current().commit()
      return 42
    })
    expect(value).toBe(42)
    expect(await names()).toEqual(['Ada'])
  })

  it('does no I/O by itself', async () => {
    const database = openDatabase(cloned.url)
    await database.scoped.run(async () => undefined)
    expect(database.engine.stats().acquired).toBe(0)
  })

  it('closes its session at the end and commits nothing', async () => {
    const database = openDatabase(cloned.url)
    const session = await database.scoped.run(async (own) => {
      await own.insertInto('person').values({ name: 'Ada' }).execute()
      return own
    })
    expect(session.state).toBe('closed')
    expect(await names()).toEqual([])
  })

  it('throws what the work throws, after its session was closed', async () => {
    const database = openDatabase(cloned.url)
    const business = new Error('business')
    const failed = database.scoped.run(async (session) => {
      await session.insertInto('person').values({ name: 'Ada' }).execute()
      throw business
    })
    expect(await failureOf(failed)).toBe(business)
    expect(database.engine.stats()).toMatchObject({ inUse: 0, idle: 1 })
  })

  it('keeps concurrent scopes apart: none ever sees the session of another', async () => {
    const database = openDatabase(cloned.url, { pool: { size: 4 } })
    await Promise.all(
      Array.from({ length: 40 }, (_, index) =>
        database.scoped.run(async (own) => {
          for (let step = 0; step < 5; step++) {
            await sleep(Math.random() * 3)
            expect(database.scoped.current()).toBe(own)
            await database.scoped
              .current()
              .insertInto('person')
              .values({ name: `${index}` })
              .execute()
          }
          const rows = await database.scoped
            .current()
            .selectFrom('person')
            .select('name')
            .distinct()
            .execute()
          expect(rows).toEqual([{ name: `${index}` }])
        }),
      ),
    )
    expect(await names()).toEqual([])
  })

  it('nests: the inner scope has a session of its own, the outer one returns behind it', async () => {
    const database = openDatabase(cloned.url)
    await database.scoped.run(async (outer) => {
      await outer.insertInto('person').values({ name: 'outer' }).execute()
      await database.scoped.run(async (inner) => {
        expect(inner).not.toBe(outer)
        expect(database.scoped.current()).toBe(inner)
        await inner.insertInto('person').values({ name: 'inner' }).execute()
        await inner.commit()
      })
      expect(database.scoped.current()).toBe(outer)
      expect(outer.state).toBe('active')
    })
    expect(await names()).toEqual(['inner'])
  })

  it('puts a given session in scope and leaves it open', async () => {
    const database = openDatabase(cloned.url)
    await using session = database.session()
    await database.scoped.run(async (own) => {
      expect(own).toBe(session)
      await database.scoped.current().insertInto('person').values({ name: 'Ada' }).execute()
    }, session)
    expect(session.state).toBe('active')
  })

  it('keeps the scopes of two databases apart', async () => {
    const one = openDatabase(cloned.url)
    const two = openDatabase(cloned.url)
    await one.scoped.run(async (session) => {
      expect(two.scoped.isActive).toBe(false)
      await two.scoped.run(async (other) => {
        expect(one.scoped.current()).toBe(session)
        expect(two.scoped.current()).toBe(other)
      })
    })
  })

  it('keeps the scope across timers, promises and microtasks', async () => {
    const database = openDatabase(cloned.url)
    await database.scoped.run(async (session) => {
      const seen: unknown[] = []
      const look = () => seen.push(database.scoped.current())
      await new Promise<void>((resolve) => setTimeout(() => resolve(void look()), 1))
      await new Promise<void>((resolve) => setImmediate(() => resolve(void look())))
      await new Promise<void>((resolve) => process.nextTick(() => resolve(void look())))
      queueMicrotask(look)
      await Promise.all([1, 2].map(async () => sleep(1).then(look)))
      expect(seen).toEqual(Array.from({ length: 6 }, () => session))
    })
  })

  it('keeps the scope behind the session’s own statements, whoever opened the connection', async () => {
    const database = openDatabase(cloned.url, { pool: { size: 1, maxOverflow: 0 } })
    await Promise.all(
      [1, 2, 3].map(() =>
        database.scoped.run(async (session) => {
          await session.selectFrom('person').selectAll().execute()
          expect(database.scoped.current()).toBe(session)
          await session.commit()
          expect(database.scoped.current()).toBe(session)
        }),
      ),
    )
  })
})

describe('ScopedSession.bind', () => {
  it('calls a function with the session in scope, and whatever that starts has it too', async () => {
    const database = openDatabase(cloned.url)
    await using session = database.session()
    const later = database.scoped.bind(session, () => {
      expect(database.scoped.current()).toBe(session)
      return sleep(1).then(() => database.scoped.current())
    })
    expect(database.scoped.isActive).toBe(false)
    expect(await later).toBe(session)
  })
})

describe('ScopedSession.current', () => {
  it('throws NoActiveSessionError outside any scope', () => {
    const database = openDatabase(cloned.url)
    expect(() => database.scoped.current()).toThrow(NoActiveSessionError)
    expect(database.scoped.isActive).toBe(false)
  })

  it('throws NoActiveSessionError behind a scope, and in work that was started before it', async () => {
    const database = openDatabase(cloned.url)
    const running = new Deferred<undefined>()
    const before = outcomeOf(running.promise.then(() => database.scoped.current()))
    await database.scoped.run(async () => {
      running.resolve(undefined)
      expect(await before).toBeInstanceOf(NoActiveSessionError)
    })
    expect(() => database.scoped.current()).toThrow(NoActiveSessionError)
  })

  it('throws SessionClosedError where the scope’s session was closed, never another session', async () => {
    const database = openDatabase(cloned.url)
    const ended = new Deferred<undefined>()
    const straggler: { late?: Promise<unknown> } = {}
    await database.scoped.run(async (session) => {
      straggler.late = outcomeOf(ended.promise.then(() => database.scoped.current()))
      await session.selectFrom('person').selectAll().execute()
    })
    await database.scoped.run(async () => {
      ended.resolve(undefined)
      expect(await straggler.late).toBeInstanceOf(SessionClosedError)
    })
    await database.scoped.run(async (session) => {
      await session.close()
      expect(() => database.scoped.current()).toThrow(SessionClosedError)
    })
  })
})
