import { sql } from 'kysely'
import { beforeEach, describe, expect, it } from 'vitest'
import type { Logger } from '../../../src/config/logger.js'
import { SessionClosedError, SessionStateError } from '../../../src/errors/usage-error.js'
import { bigint } from '../../../src/metadata/number-columns.js'
import { Metadata } from '../../../src/metadata/metadata.js'
import { table } from '../../../src/metadata/table.js'
import { text } from '../../../src/metadata/text-columns.js'
import { cloneDatabase } from '../../support/clone-database.js'
import { failureOf, outcomeOf } from './failure-of.js'
import { openDatabase } from './open-database.js'
import { COMMIT_DONE, openThroughProxy } from './open-through-proxy.js'
import { storedNames } from './stored-names.js'

const cloned = cloneDatabase()

beforeEach(async () => {
  await cloned.query('delete from person')
})

const names = () => storedNames(cloned)

/** A logger that keeps what is said at `warn`. */
function warnings(): { readonly logger: Logger; readonly said: string[] } {
  const said: string[] = []
  const quiet = () => undefined
  return {
    said,
    logger: { debug: quiet, info: quiet, error: quiet, warn: (_, message) => said.push(message) },
  }
}

describe('Session.close', () => {
  it('says how many objects were never written, and nothing after a commit or a rollback (R12)', async () => {
    const people = table('person', { id: bigint().identity().primaryKey(), name: text().notNull() })
    const { logger, said } = warnings()
    const metadata = new Metadata({ tables: { person: people } })
    const database = openDatabase(cloned.url, { logger, metadata })
    const session = database.session()
    session.add(people, { name: 'Ada' })
    await session.commit()
    await session.rollback()
    await session.close()
    expect(said).toEqual([])
    const forgetful = database.session()
    forgetful.addAll(people, [{ name: 'Grace' }, { name: 'Barbara' }])
    await forgetful.close()
    expect(said).toEqual([
      'a session was closed with 2 added objects that had not been written; call commit()',
    ])
    expect(await names()).toEqual(['Ada'])
  })

  it('rolls back, gives the connection back and is final', async () => {
    const database = openDatabase(cloned.url)
    const session = database.session()
    await session.insertInto('person').values({ name: 'Ada' }).execute()
    await session.close()
    expect(session.state).toBe('closed')
    expect(session.inTransaction).toBe(false)
    expect(database.engine.stats()).toMatchObject({ inUse: 0, idle: 1, destroyed: 0 })
    await session.close()
    await session.rollback()
    expect(session.state).toBe('closed')
    expect(await names()).toEqual([])
  })

  it('sends one ROLLBACK however often it is called', async () => {
    const { database, recorder } = await openThroughProxy(cloned.url)
    const session = database.session()
    await session.insertInto('person').values({ name: 'Ada' }).execute()
    recorder.clear()
    await Promise.all([session.close(), session.close(), session.rollback(), session.close()])
    await session.close()
    expect(recorder.executedSql).toEqual(['rollback'])
  })

  it('waits for the statement that runs', async () => {
    const database = openDatabase(cloned.url)
    const session = database.session()
    await sql`select 1`.execute(session)
    const slow = sql<{ done: number }>`select 1 as done from pg_sleep(0.05)`.execute(session)
    await cloned.query('select 1')
    await session.close()
    expect((await slow).rows).toEqual([{ done: 1 }])
    expect(database.engine.stats()).toMatchObject({ inUse: 0, destroyed: 0 })
  })

  it('waits for a commit() that is under way and does not spoil it', async () => {
    const { database, proxy } = await openThroughProxy(cloned.url)
    const session = database.session()
    await session.insertInto('person').values({ name: 'Ada' }).execute()
    const hold = proxy.intercept(COMMIT_DONE, 'hold')
    const committed = session.commit()
    await hold.firstHit
    const closed = session.close()
    expect(session.state).toBe('committing')
    hold.release()
    await Promise.all([committed, closed])
    expect(session.state).toBe('closed')
    expect(await names()).toEqual(['Ada'])
  })

  it('resolves when the commit() that it waits for fails: that one tells', async () => {
    const { database, proxy } = await openThroughProxy(cloned.url)
    const session = database.session()
    await session.insertInto('person').values({ name: 'Ada' }).execute()
    proxy.intercept(COMMIT_DONE, 'reset')
    const committed = failureOf(session.commit())
    await session.close()
    expect(await committed).toMatchObject({ code: 'COMMIT_UNKNOWN' })
    expect(session.state).toBe('closed')
  })

  it('gives up a place in the line for a connection, and nothing of it is sent', async () => {
    const database = openDatabase(cloned.url, { pool: { size: 1, maxOverflow: 0 } })
    await using holder = database.session()
    await sql`select 1`.execute(holder)
    const session = database.session()
    const refused = failureOf(session.insertInto('person').values({ name: 'Ada' }).execute())
    expect(database.engine.stats().waiting).toBe(1)
    await session.close()
    expect(database.engine.stats().waiting).toBe(0)
    expect(await refused).toMatchObject({ code: 'SESSION_STATE' })
  })

  it.each(['destroy', Symbol.asyncDispose] as const)('has the other name %s', async (name) => {
    const database = openDatabase(cloned.url)
    const session = database.session()
    await session.insertInto('person').values({ name: 'Ada' }).execute()
    await session[name]()
    expect(session.state).toBe('closed')
    expect(await names()).toEqual([])
    // Kysely's destroy() of a plain Kysely ends the pool; a session's ends the session.
    await using other = database.session()
    expect((await sql<{ one: number }>`select 1 as one`.execute(other)).rows).toEqual([{ one: 1 }])
  })

  it('happens at the end of an `await using` block, and the error of the block goes on', async () => {
    const database = openDatabase(cloned.url)
    const business = new Error('business')
    const work = async (): Promise<void> => {
      await using session = database.session()
      await session.insertInto('person').values({ name: 'Ada' }).execute()
      throw business
    }
    expect(await failureOf(work())).toBe(business)
    expect(database.engine.stats()).toMatchObject({ inUse: 0, idle: 1 })
    expect(await names()).toEqual([])
  })
})

describe('Session.close: in the very moment of its end', () => {
  it.each(['close', 'abort'] as const)(
    'refuses what follows on a statement that %s() has refused',
    async (end) => {
      const database = openDatabase(cloned.url, { pool: { size: 1, maxOverflow: 0 } })
      await using holder = database.session()
      await sql`select 1`.execute(holder)
      const session = database.session()
      const statement = () => session.insertInto('person').values({ name: 'Ada' }).execute()
      const next = outcomeOf(statement()).then(() => outcomeOf(statement()))
      const committed = outcomeOf(statement()).then(() => outcomeOf(session.commit()))
      const ended = session[end]()
      expect(await next).toBeInstanceOf(SessionStateError)
      expect(await committed).toBeInstanceOf(SessionStateError)
      await ended
      await holder.close()
      expect(database.engine.stats()).toMatchObject({ inUse: 0, waiting: 0 })
    },
  )

  it('refuses what follows on a rollback() that joined it', async () => {
    const database = openDatabase(cloned.url)
    const session = database.session()
    await session.insertInto('person').values({ name: 'Ada' }).execute()
    const closed = session.close()
    const next = session.rollback().then(() => outcomeOf(sql`select 1`.execute(session)))
    expect(await next).toBeInstanceOf(SessionStateError)
    await closed
    expect(database.engine.stats().inUse).toBe(0)
  })

  it('leaves nothing behind of what follows on a commit() that it waited for', async () => {
    const database = openDatabase(cloned.url)
    const session = database.session()
    await session.insertInto('person').values({ name: 'Ada' }).execute()
    const next = session
      .commit()
      .then(() => outcomeOf(session.insertInto('person').values({ name: 'late' }).execute()))
    await session.close()
    expect(await next).toBeInstanceOf(SessionStateError)
    expect(session.state).toBe('closed')
    expect(database.engine.stats()).toMatchObject({ inUse: 0, waiting: 0 })
    expect(await names()).toEqual(['Ada'])
  })
})

describe('Session.close: the warning', () => {
  it('says once, with their number, that uncommitted statements are rolled back', async () => {
    const { logger, said } = warnings()
    const database = openDatabase(cloned.url, { logger })
    const session = database.session()
    await session.insertInto('person').values({ name: 'Ada' }).execute()
    await session.updateTable('person').set({ name: 'Grace' }).execute()
    await session.selectFrom('person').selectAll().execute()
    await session.close()
    await session.close()
    expect(said).toHaveLength(1)
    expect(said[0]).toMatch(/2 uncommitted statements.*commit\(\)/)
  })

  it('says it in the singular for one', async () => {
    const { logger, said } = warnings()
    const database = openDatabase(cloned.url, { logger })
    const session = database.session()
    await session.deleteFrom('person').execute()
    await session.close()
    expect(said).toEqual([expect.stringMatching(/1 uncommitted statement\b/)])
  })

  it.each([
    ['was only read', (session) => session.selectFrom('person').selectAll().execute()],
    [
      'was committed',
      (session) =>
        session
          .deleteFrom('person')
          .execute()
          .then(() => session.commit()),
    ],
    [
      'was rolled back',
      (session) =>
        session
          .deleteFrom('person')
          .execute()
          .then(() => session.rollback()),
    ],
    ['was asked for', async () => undefined],
  ] satisfies [
    string,
    (session: ReturnType<ReturnType<typeof openDatabase>['session']>) => Promise<unknown>,
  ][])('is not said when what happened %s', async (_, work) => {
    const { logger, said } = warnings()
    const database = openDatabase(cloned.url, { logger })
    const session = database.session()
    await work(session)
    await session.close()
    expect(said).toEqual([])
  })

  it('does not count what a nested transaction has undone', async () => {
    const { logger, said } = warnings()
    const database = openDatabase(cloned.url, { logger })
    const session = database.session()
    await failureOf(
      session.beginNested(async () => {
        await session.insertInto('person').values({ name: 'Ada' }).execute()
        throw new Error('business')
      }),
    )
    await session.close()
    expect(said).toEqual([])
  })

  it('counts statements that were still on their way', async () => {
    const { logger, said } = warnings()
    const database = openDatabase(cloned.url, { logger })
    const session = database.session()
    await sql`select 1`.execute(session)
    const slow = sql`insert into person (name) select 'slow' from pg_sleep(0.03)`.execute(session)
    await cloned.query('select 1')
    await session.close()
    await slow
    expect(said).toEqual([expect.stringMatching(/1 uncommitted statement\b/)])
  })
})

describe('Session: use after close()', () => {
  const uses = {
    statement: (session) => session.selectFrom('person').selectAll().execute(),
    'sql template': (session) => sql`select 1`.execute(session),
    stream: (session) => session.selectFrom('person').selectAll().stream().next(),
    commit: (session) => session.commit(),
    begin: async (session) => session.begin(),
    beginNested: (session) => session.beginNested(async () => undefined),
    transaction: (session) => session.transaction().execute(async () => undefined),
    startTransaction: (session) => session.startTransaction().execute(),
    withSchema: (session) => session.withSchema('public').selectFrom('person').selectAll().execute(),
    introspection: (session) => session.introspection.getTables(),
  } satisfies Record<
    string,
    (session: ReturnType<ReturnType<typeof openDatabase>['session']>) => Promise<unknown>
  >

  it.each(Object.entries(uses))('refuses %s, sends nothing and says where it was closed', async (_, use) => {
    const { database, recorder } = await openThroughProxy(cloned.url)
    const session = database.session()
    await sql`select 1`.execute(session)
    await session.close()
    recorder.clear()
    const error = await failureOf(use(session))
    expect(error).toBeInstanceOf(SessionClosedError)
    expect(error).toMatchObject({ state: 'closed', code: 'SESSION_CLOSED' })
    expect((error as Error).message).toMatch(/close\.test\.ts:\d+/)
    expect(recorder.events).toEqual([])
    expect(database.engine.stats().inUse).toBe(0)
  })

  it('never reaches the connection of the next borrower', async () => {
    const { database, recorder } = await openThroughProxy(cloned.url, { pool: { size: 1, maxOverflow: 0 } })
    const first = database.session()
    await sql`select 'first'`.execute(first)
    await first.close()
    await using second = database.session()
    await sql`select 'second'`.execute(second)
    recorder.clear()
    await Promise.allSettled([
      first.insertInto('person').values({ name: 'stale' }).execute(),
      first.commit(),
      first.rollback(),
      first.close(),
      first.abort(),
    ])
    expect(recorder.events).toEqual([])
    expect(second.state).toBe('active')
    await second.commit()
    expect(await names()).toEqual([])
  })
})
