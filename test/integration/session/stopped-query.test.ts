import { sql, type CompiledQuery, type Kysely, type QueryResult } from 'kysely'
import { beforeEach, describe, expect, it } from 'vitest'
import { Deferred } from '../../../src/foundation/deferred.js'
import {
  bigint,
  CommitRolledBackError,
  DatabaseError,
  Metadata,
  OperationAbortedError,
  SessionStateError,
  table,
  text,
} from '../../../src/index.js'
import { cloneDatabase } from '../../support/clone-database.js'
import { failureOf, outcomeOf } from './failure-of.js'
import { openDatabase, type TestTables } from './open-database.js'
import { openThroughProxy } from './open-through-proxy.js'
import { skipIfCancelWasSlow } from './slow-machine.js'
import { storedNames } from './stored-names.js'

const cloned = cloneDatabase()
const person = table('person', { id: bigint().identity().primaryKey(), name: text().notNull() })
const metadata = new Metadata({ tables: { person } })

beforeEach(async () => {
  await cloned.query('delete from person')
})

/** What Kysely 0.29 calls when the signal of a query is aborted; 0.28 has the connection too, but not the options. */
interface StoppableConnection {
  executeQuery(query: CompiledQuery): Promise<QueryResult<unknown>>
  cancelQuery(): Promise<void>
  killSession(): Promise<void>
}

const WAIT = sql`select pg_advisory_xact_lock_shared(77)`
const CANCEL_ASKED = { direction: 'toServer', name: 'CancelRequest' } as const

/** Runs a query as Kysely's executor does, which keeps the connection until the query has ended and been stopped. */
async function run(
  queries: Kysely<TestTables>,
  query: { compile(queries: Kysely<TestTables>): CompiledQuery },
): Promise<{
  readonly outcome: Promise<unknown>
  readonly connection: StoppableConnection
  release(): void
}> {
  const got = new Deferred<{ outcome: Promise<unknown>; connection: StoppableConnection }>()
  const released = new Deferred<undefined>()
  void queries.getExecutor().provideConnection(async (provided) => {
    const connection = provided as unknown as StoppableConnection
    const outcome = outcomeOf(connection.executeQuery(query.compile(queries)))
    got.resolve({ outcome, connection })
    await released.promise
  })
  const { outcome, connection } = await got.promise
  return { outcome, connection, release: () => released.resolve(undefined) }
}

const insert = (name: string) => ({
  compile: (queries: Kysely<TestTables>) => queries.insertInto('person').values({ name }).compile(),
})

async function untilWaiting(): Promise<void> {
  const isWaiting = async (): Promise<boolean> =>
    (await cloned.backends()).some(
      ({ state, query }) => state === 'active' && query.includes('pg_advisory_xact_lock_shared'),
    )
  await expect.poll(isWaiting).toBe(true)
}

/** Runs work while nobody gets the lock that {@link WAIT} waits for. */
async function whileLocked(work: (unlock: () => Promise<void>) => Promise<void>): Promise<void> {
  const unlock = async (): Promise<void> => {
    await cloned.query('select pg_advisory_unlock_all()')
  }
  await cloned.query('select pg_advisory_lock(77)')
  await work(unlock).finally(unlock)
}

describe('a query of a session that is stopped', () => {
  it('is taken out of the line when it has not left, and the transaction goes on', async () => {
    await using session = openDatabase(cloned.url).session()
    await session.insertInto('person').values({ name: 'Ada' }).execute()
    await whileLocked(async (unlock) => {
      const first = outcomeOf(WAIT.execute(session))
      await untilWaiting()
      const second = await run(session, insert('Bob'))
      await second.connection.cancelQuery()
      expect(await second.outcome).toBeInstanceOf(OperationAbortedError)
      expect(await second.outcome).toMatchObject({ phase: 'query' })
      await unlock()
      expect(await first).toBeUndefined()
      second.release()
    })
    await session.commit()
    expect(await storedNames(cloned)).toEqual(['Ada'])
  })

  it.each([{}, { isolationLevel: 'autocommit' }] as const)(
    'waits for no connection any more (%o)',
    async (options) => {
      const database = openDatabase(cloned.url, { pool: { size: 1, maxOverflow: 0 } })
      await using holder = database.session()
      await sql`select 1`.execute(holder)
      await using session = database.session(options)
      const query = await run(session, insert('Ada'))
      expect(database.engine.stats().waiting).toBe(1)
      await query.connection.killSession()
      expect(await query.outcome).toBeInstanceOf(OperationAbortedError)
      expect(session.state).toBe('idle')
      expect(database.engine.stats().waiting).toBe(0)
      await session.commit()
      query.release()
    },
  )

  it('is not run when it still waits for the flush in front of it, which goes on', async () => {
    const { database, proxy } = await openThroughProxy(cloned.url, { metadata, session: { autoflush: true } })
    await using session = database.session()
    await sql`select 1`.execute(session)
    session.add(person, { name: 'Ada' })
    const held = proxy.intercept({ direction: 'toClient', name: 'CommandComplete', text: /^INSERT/ }, 'hold')
    const query = await run(session, insert('Bob'))
    await held.firstHit
    await query.connection.cancelQuery()
    held.release()
    expect(await query.outcome).toBeInstanceOf(OperationAbortedError)
    query.release()
    await session.commit()
    expect(await storedNames(cloned)).toEqual(['Ada'])
  })

  it('is not sent again on another connection when the server has not taken the cancel', async () => {
    const { database, proxy, recorder } = await openThroughProxy(cloned.url, { pool: { size: 1 } })
    await database.begin((session) => sql`select 1`.execute(session))
    await using session = database.session()
    proxy.intercept(CANCEL_ASKED, 'swallow')
    await whileLocked(async () => {
      const query = await run(session, WAIT)
      await untilWaiting()
      await query.connection.cancelQuery()
      expect(await query.outcome).toBeInstanceOf(OperationAbortedError)
      query.release()
    })
    expect(session.state).toBe('invalid')
    await session.rollback()
    await sql`select 1`.execute(session)
    expect(recorder.executedSql.filter((text) => text.includes('lock_shared'))).toHaveLength(1)
  })

  it('takes the connection with it when the session is killed, also when commit() waits for it', async () => {
    const database = openDatabase(cloned.url)
    await using session = database.session()
    await session.insertInto('person').values({ name: 'Ada' }).execute()
    await whileLocked(async () => {
      const query = await run(session, WAIT)
      await untilWaiting()
      const committed = failureOf(session.commit())
      await query.connection.killSession()
      // What the server says to the cancel may be heard before the connection is closed.
      expect(await query.outcome).toBeInstanceOf(DatabaseError)
      expect(await committed).toBeInstanceOf(CommitRolledBackError)
      query.release()
    })
    expect(session.state).toBe('invalid')
    expect(await failureOf(sql`select 1`.execute(session))).toBeInstanceOf(SessionStateError)
    expect(database.engine.stats()).toMatchObject({ inUse: 0, destroyed: 1 })
    await session.rollback()
    await session.insertInto('person').values({ name: 'Bob' }).execute()
    await session.commit()
    expect(await storedNames(cloned)).toEqual(['Bob'])
  })
})

// E8l: of 400 cancels that were not waited for, 206 hit an innocent statement.
describe('a cancel that arrives when the query has been answered', () => {
  type Work = (queries: Kysely<TestTables>) => Promise<void>
  type Database = ReturnType<typeof openDatabase>

  it.for<{ name: string; use: (database: Database, work: Work) => Promise<void> }>([
    { name: 'a session', use: (database, work) => database.begin(work) },
    {
      name: 'an autocommit session',
      use: async (database, work) => {
        await using session = database.session({ isolationLevel: 'autocommit' })
        await work(session)
      },
    },
    {
      name: 'a transaction of database.kysely',
      use: (database, work) => database.kysely.transaction().execute(work),
    },
  ])('hits nothing of $name: what comes next waits for it', async ({ use }, context) => {
    const { database, proxy, recorder } = await openThroughProxy(cloned.url)
    const cancel = proxy.intercept(CANCEL_ASKED, 'hold')
    await use(database, async (queries) => {
      await whileLocked(async (unlock) => {
        const query = await run(queries, WAIT)
        await untilWaiting()
        const startedAt = performance.now()
        const stopped = query.connection.cancelQuery()
        await cancel.firstHit
        await unlock()
        expect(await query.outcome).toBeUndefined()
        const next = outcomeOf(query.connection.executeQuery(insert('Ada').compile(queries)))
        await cloned.query('select pg_sleep(0.1)')
        expect(recorder.executedSql.join()).not.toContain('insert')
        cancel.release()
        await stopped
        query.release()
        skipIfCancelWasSlow(context, startedAt)
        expect(await next).toBeUndefined()
      })
    })
    expect(await storedNames(cloned)).toEqual(['Ada'])
    expect(database.engine.stats().destroyed).toBe(0)
  })
})
