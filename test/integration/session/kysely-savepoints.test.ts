import { CamelCasePlugin, sql, type Kysely } from 'kysely'
import { setTimeout as sleep } from 'node:timers/promises'
import { beforeEach, describe, expect, it } from 'vitest'
import { SessionStateError, UsageError } from '../../../src/errors/usage-error.js'
import type { Session } from '../../../src/session/session.js'
import { cloneDatabase } from '../../support/clone-database.js'
import { failureOf } from './failure-of.js'
import { openDatabase, type TestTables } from './open-database.js'
import { openThroughProxy } from './open-through-proxy.js'
import { storedNames } from './stored-names.js'

const cloned = cloneDatabase()

beforeEach(async () => {
  await cloned.query('delete from person')
})

const names = () => storedNames(cloned)

async function insert(queries: Kysely<TestTables>, name: string): Promise<void> {
  await queries.insertInto('person').values({ name }).execute()
}

type Extra = Record<'extra', { id: number }>

/** Ways to a Kysely that belongs to a session. */
const derivations: readonly [name: string, derive: (session: Session<TestTables>) => Kysely<TestTables>][] = [
  ['the session', (session) => session],
  ['session.withSchema()', (session) => session.withSchema('public')],
  ['session.withPlugin()', (session) => session.withPlugin(new CamelCasePlugin())],
  ['session.withoutPlugins()', (session) => session.withoutPlugins()],
  ['session.withTables()', (session) => session.withTables<Extra>() as unknown as Kysely<TestTables>],
  [
    'a chain of them',
    (session) =>
      session
        .withSchema('public')
        .withPlugin(new CamelCasePlugin())
        .withTables<Extra>() as unknown as Kysely<TestTables>,
  ],
]

describe.each(derivations)('Kysely.transaction() on %s', (_, derive) => {
  it('is a savepoint: it keeps what returned, undoes what threw, and commits nothing', async () => {
    const database = openDatabase(cloned.url, { pool: { size: 1, maxOverflow: 0 } })
    await using session = database.session()
    const queries = derive(session)
    const kept = await queries.transaction().execute(async (trx) => {
      await insert(trx, 'kept')
      return 'result'
    })
    const error = new Error('business')
    const undone = queries.transaction().execute(async (trx) => {
      await insert(trx, 'undone')
      throw error
    })
    expect(kept).toBe('result')
    expect(await failureOf(undone)).toBe(error)
    expect(await names()).toEqual([])
    expect(session.inTransaction).toBe(true)
    await session.commit()
    expect(await names()).toEqual(['kept'])
  })

  it('lets the transaction go on after a statement of its work failed', async () => {
    const database = openDatabase(cloned.url)
    await using session = database.session()
    const failing = derive(session)
      .transaction()
      .execute((trx) => sql`select 1/0`.execute(trx))
    expect(await failureOf(failing)).toMatchObject({ sqlState: '22012' })
    await insert(session, 'after')
    await session.commit()
    expect(await names()).toEqual(['after'])
  })

  it('takes turns with its siblings', async () => {
    const database = openDatabase(cloned.url)
    await using session = database.session()
    const queries = derive(session)
    const outcomes = await Promise.allSettled(
      ['a', 'b', 'c', 'd', 'e'].map((name, index) =>
        queries.transaction().execute(async (trx) => {
          await insert(trx, name)
          await sleep(2)
          await insert(trx, name + name)
          if (index % 2 === 1) throw new Error(name)
        }),
      ),
    )
    expect(outcomes.map(({ status }) => status === 'fulfilled')).toEqual([true, false, true, false, true])
    await session.commit()
    expect(await names()).toEqual(['a', 'aa', 'c', 'cc', 'e', 'ee'])
  })

  it('nests through the session, whose statements inside it belong to it', async () => {
    const database = openDatabase(cloned.url)
    await using session = database.session()
    const queries = derive(session)
    await queries.transaction().execute(async () => {
      await insert(session, 'outer')
      const inner = queries.transaction().execute(async (trx) => {
        await insert(trx, 'inner')
        await session.beginNested(() => insert(session, 'innermost'))
        throw new Error('business')
      })
      await failureOf(inner)
    })
    await session.commit()
    expect(await names()).toEqual(['outer'])
  })
})

describe('Kysely.transaction() on a session', () => {
  it('refuses settings of its own, before anything is sent', async () => {
    const database = openDatabase(cloned.url)
    await using session = database.session()
    const strict = session.transaction().setIsolationLevel('serializable')
    expect(await failureOf(strict.execute((trx) => insert(trx, 'Ada')))).toBeInstanceOf(UsageError)
    const reading = session.transaction().setAccessMode('read only')
    expect(await failureOf(reading.execute((trx) => insert(trx, 'Ada')))).toBeInstanceOf(UsageError)
    expect(database.engine.stats().acquired).toBe(0)
  })

  it('never returns when its work swallowed a failure', async () => {
    const database = openDatabase(cloned.url)
    await using session = database.session()
    await insert(session, 'before')
    const swallowing = session.transaction().execute(async (trx) => {
      await insert(trx, 'inner')
      await failureOf(sql`select 1/0`.execute(trx))
    })
    expect(await failureOf(swallowing)).toMatchObject({
      code: 'PENDING_ROLLBACK',
      cause: { sqlState: '22012' },
    })
    await session.commit()
    expect(await names()).toEqual(['before'])
  })

  it('refuses the handle after its end', async () => {
    const database = openDatabase(cloned.url)
    await using session = database.session()
    const handle: { trx?: Kysely<TestTables> } = {}
    await session.transaction().execute(async (trx) => {
      handle.trx = trx
    })
    await failureOf(insert(handle.trx!, 'late'))
    await session.commit()
    expect(await names()).toEqual([])
  })

  it('refuses statements of its handle while its end is under way', async () => {
    const { database, proxy } = await openThroughProxy(cloned.url)
    await using session = database.session()
    await insert(session, 'before')
    proxy.shape('both', { delayMillis: 20 })
    const late: { insert?: Promise<unknown> } = {}
    const undone = session.transaction().execute(async (trx) => {
      await insert(trx, 'inner')
      late.insert = failureOf(sleep(15).then(() => insert(trx, 'late')))
      throw new Error('business')
    })
    await failureOf(undone)
    expect(await late.insert).toBeInstanceOf(SessionStateError)
    await session.commit()
    expect(await names()).toEqual(['before'])
  })

  it('runs inside session.connection() on the session’s own connection', async () => {
    const database = openDatabase(cloned.url, { pool: { size: 1, maxOverflow: 0 } })
    await using session = database.session()
    await insert(session, 'before')
    await session.connection().execute(async (connection) => {
      await insert(connection, 'connection')
      await failureOf(
        connection.transaction().execute(async (trx) => {
          await insert(trx, 'undone')
          throw new Error('business')
        }),
      )
    })
    await session.commit()
    expect(await names()).toEqual(['before', 'connection'])
  })
})

describe.each(derivations)('Kysely.startTransaction() on %s', (_, derive) => {
  it('is a savepoint that commit() keeps', async () => {
    const database = openDatabase(cloned.url, { pool: { size: 1, maxOverflow: 0 } })
    await using session = database.session()
    const trx = await derive(session).startTransaction().execute()
    await insert(trx, 'kept')
    await trx.commit().execute()
    expect(await names()).toEqual([])
    await session.commit()
    expect(await names()).toEqual(['kept'])
  })

  it('is a savepoint that rollback() undoes, also after a failure', async () => {
    const database = openDatabase(cloned.url)
    await using session = database.session()
    await insert(session, 'before')
    const trx = await derive(session).startTransaction().execute()
    await insert(trx, 'undone')
    await failureOf(sql`select 1/0`.execute(trx))
    await trx.rollback().execute()
    await insert(session, 'after')
    await session.commit()
    expect(await names()).toEqual(['before', 'after'])
  })

  it('knows savepoints of its own', async () => {
    const database = openDatabase(cloned.url)
    await using session = database.session()
    const trx = await derive(session).startTransaction().execute()
    await insert(trx, 'one')
    const afterOne = await trx.savepoint('after one').execute()
    await insert(afterOne, 'two')
    await failureOf(sql`select 1/0`.execute(trx))
    await afterOne.rollbackToSavepoint('after one').execute()
    await insert(trx, 'three')
    const released = await afterOne.releaseSavepoint('after one').execute()
    await insert(released, 'four')
    await trx.commit().execute()
    await session.commit()
    expect(await names()).toEqual(['one', 'three', 'four'])
  })
})

describe('Kysely.startTransaction() on a session', () => {
  it('says clearly that the transaction around it has ended', async () => {
    const database = openDatabase(cloned.url)
    await using session = database.session()
    const trx = await session.startTransaction().execute()
    await insert(trx, 'stored with the session')
    await session.commit()
    const error = await failureOf(trx.commit().execute())
    expect(error).toBeInstanceOf(SessionStateError)
    expect((error as Error).message).toMatch(/ended/)
  })

  it('says clearly that the controlled transaction around it has ended', async () => {
    const database = openDatabase(cloned.url)
    await using session = database.session()
    const outer = await session.startTransaction().execute()
    await insert(outer, 'outer')
    const inner = await session.startTransaction().execute()
    await insert(inner, 'inner')
    await outer.rollback().execute()
    const error = await failureOf(inner.commit().execute())
    expect(error).toBeInstanceOf(SessionStateError)
    await session.commit()
    expect(await names()).toEqual([])
  })

  it('never reports success when its work swallowed a failure', async () => {
    const database = openDatabase(cloned.url)
    await using session = database.session()
    const trx = await session.startTransaction().execute()
    await failureOf(sql`select 1/0`.execute(trx))
    expect(await failureOf(trx.commit().execute())).toMatchObject({ code: 'PENDING_ROLLBACK' })
    await trx.rollback().execute()
    await insert(session, 'after')
    await session.commit()
    expect(await names()).toEqual(['after'])
  })

  it('is undone with the session when it is left open', async () => {
    const database = openDatabase(cloned.url)
    const session = database.session()
    const trx = await session.startTransaction().execute()
    await insert(trx, 'inner')
    await session.close()
    expect(await names()).toEqual([])
    expect(await failureOf(insert(trx, 'late'))).toMatchObject({ code: 'SESSION_CLOSED' })
  })
})
