import { sql } from 'kysely'
import { beforeEach, describe, expect, it } from 'vitest'
import { CommitUnknownError } from '../../../src/errors/transaction-error.js'
import { ConfigurationError, SessionClosedError, UsageError } from '../../../src/errors/usage-error.js'
import { bigint, text } from '../../../src/index.js'
import { Metadata } from '../../../src/metadata/metadata.js'
import { table } from '../../../src/metadata/table.js'
import type { SessionOptions } from '../../../src/session/session-options.js'
import type { Session } from '../../../src/session/session.js'
import { cloneDatabase } from '../../support/clone-database.js'
import { isPooled } from '../../support/via.js'
import { failureOf, outcomeOf } from './failure-of.js'
import { openDatabase, type TestTables } from './open-database.js'
import { openThroughProxy, PLAIN_BEGIN, wordsOf, type ProxiedDatabase } from './open-through-proxy.js'
import { skipIfCancelWasSlow } from './slow-machine.js'
import { storedNames } from './stored-names.js'

const cloned = cloneDatabase()

beforeEach(async () => {
  await cloned.query('delete from person')
})

const names = () => storedNames(cloned)

const AUTOCOMMIT: SessionOptions = { isolationLevel: 'autocommit' }

async function insert(session: Session<TestTables>, name: string): Promise<void> {
  await session.insertInto('person').values({ name }).execute()
}

async function openWarm(): Promise<ProxiedDatabase> {
  const opened = await openThroughProxy(cloned.url, { pool: { size: 1, maxOverflow: 0 } })
  await opened.database.kysely.selectNoFrom(sql`1`.as('one')).execute()
  opened.recorder.clear()
  return opened
}

describe('Session with isolationLevel autocommit (R13)', () => {
  it('sends the statement alone where the server needs to be told no more, and holds no connection', async () => {
    const { database, recorder } = await openWarm()
    await using session = database.session(AUTOCOMMIT)
    await insert(session, 'Ada')
    expect(await names()).toEqual(['Ada'])
    expect(wordsOf(recorder)).toEqual(isPooled ? [...PLAIN_BEGIN, 'insert', 'commit'] : ['insert'])
    expect(recorder.roundTrips).toBe(1)
    expect(session.inTransaction).toBe(false)
    expect(session.state).toBe('idle')
    expect(database.engine.stats().inUse).toBe(0)
  })

  it('sends schema, role and settings with the statement and its COMMIT, in one round trip', async () => {
    const { database, recorder } = await openWarm()
    await using session = database.session({
      ...AUTOCOMMIT,
      settings: { 'app.tenant_id': 'acme' },
      readOnly: true,
    })
    const { rows } = await sql`select current_setting('app.tenant_id') as tenant,
                                      current_setting('transaction_read_only') as locked`.execute(session)
    expect(rows).toEqual([{ tenant: 'acme', locked: 'on' }])
    expect(wordsOf(recorder)).toEqual(['begin', 'settings', 'select', 'commit'])
    expect(recorder.roundTrips).toBe(1)
    await using next = database.session()
    const left = await sql<{
      tenant: string
    }>`select current_setting('app.tenant_id', true) as tenant`.execute(next)
    expect(left.rows[0]?.tenant ?? '').toBe('')
  })

  it.each([AUTOCOMMIT, { ...AUTOCOMMIT, lockTimeoutMillis: 5_000 }])(
    'goes on after a statement that failed, and keeps the others, with %o',
    async (options) => {
      const database = openDatabase(cloned.url, { pool: { size: 1, maxOverflow: 0 } })
      await using session = database.session(options)
      const outcomes = await Promise.allSettled([
        insert(session, 'Ada'),
        sql`select 1/0`.execute(session),
        insert(session, 'Grace'),
      ])
      expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled'])
      expect(outcomes[1]).toMatchObject({ reason: { sqlState: '22012' } })
      expect(await names()).toEqual(['Ada', 'Grace'])
      expect(database.engine.stats()).toMatchObject({ inUse: 0, destroyed: 0 })
    },
  )

  it('has nothing to commit or to roll back: both wait for what was started', async () => {
    const database = openDatabase(cloned.url)
    await using session = database.session(AUTOCOMMIT)
    const started = insert(session, 'Ada')
    await session.commit()
    await started
    await insert(session, 'Grace')
    await session.rollback()
    expect(await names()).toEqual(['Ada', 'Grace'])
  })

  it('refuses what needs a transaction, and says what to use', async () => {
    const database = openDatabase(cloned.url)
    await using session = database.session(AUTOCOMMIT)
    expect(() => session.begin()).toThrow(UsageError)
    expect(() => session.afterCommit(() => undefined)).toThrow(/afterCommit\(\) was refused/)
    expect(await failureOf(session.beginNested(() => insert(session, 'Ada')))).toBeInstanceOf(UsageError)
    expect(await failureOf(session.transaction().execute(() => Promise.resolve()))).toMatchObject({
      code: 'USAGE_ERROR',
      hint: expect.stringContaining('session.transactional()') as string,
    })
    expect(await failureOf(sql`begin`.execute(session))).toBeInstanceOf(UsageError)
    expect(await names()).toEqual([])
  })

  it('gives transactional() a transaction beside it, on no second connection', async () => {
    const database = openDatabase(cloned.url, { pool: { size: 1, maxOverflow: 0 } })
    await using session = database.session({ ...AUTOCOMMIT, settings: { 'app.tenant_id': 'acme' } })
    await insert(session, 'alone')
    const failed = session.transactional(async (other) => {
      expect(other).not.toBe(session)
      const { rows } = await sql`select current_setting('app.tenant_id') as tenant`.execute(other)
      expect(rows).toEqual([{ tenant: 'acme' }])
      await insert(other, 'undone')
      throw new Error('business')
    })
    expect(await failureOf(failed)).toMatchObject({ message: 'business' })
    expect(await names()).toEqual(['alone'])
  })

  it('streams through a cursor in a transaction of its own', async () => {
    const database = openDatabase(cloned.url)
    await using session = database.session(AUTOCOMMIT)
    const seen: number[] = []
    for await (const { id } of session.selectFrom('account').select('id').orderBy('id').limit(5).stream(2))
      seen.push(id)
    expect(seen).toHaveLength(5)
    for await (const { id } of session.selectFrom('account').select('id').stream(1)) {
      expect(id).toBeTypeOf('number')
      break
    }
    expect(database.engine.stats().inUse).toBe(0)
  })

  it('tells that a write whose answer was lost may have been applied, and goes on (I-UNKNOWN)', async () => {
    const { database, proxy } = await openWarm()
    await using session = database.session(AUTOCOMMIT)
    const answered = { direction: 'toClient', name: 'CommandComplete', text: /^INSERT/ } as const
    proxy.intercept(answered, 'reset')
    expect(await failureOf(insert(session, 'Ada'))).toBeInstanceOf(CommitUnknownError)
    expect(session.state).toBe('idle')
    expect(await names()).toEqual(['Ada'])
    await insert(session, 'Grace')
    expect(await names()).toEqual(['Ada', 'Grace'])
  })

  it('tells of a lost read what it is', async () => {
    const { database, proxy } = await openWarm()
    await using session = database.session({ ...AUTOCOMMIT, readOnly: true })
    proxy.intercept({ direction: 'toClient', name: 'CommandComplete', text: /^SELECT/ }, 'reset')
    const lost = await failureOf(session.selectFrom('account').select('id').execute())
    expect(lost).toMatchObject({ code: 'DISCONNECTED' })
  })

  it('refuses what comes after close(), and what waits when it is aborted', async (context) => {
    const database = openDatabase(cloned.url, { pool: { size: 1, maxOverflow: 0 } })
    const session = database.session(AUTOCOMMIT)
    const running = outcomeOf(sql`select pg_sleep(20)`.execute(session))
    const waiting = outcomeOf(insert(session, 'Ada'))
    await expect
      .poll(async () => (await cloned.backends()).map(({ query }) => query))
      .toContain('select pg_sleep(20)')
    const startedAt = performance.now()
    await session.abort('enough')
    skipIfCancelWasSlow(context, startedAt)
    expect(await running).toMatchObject({ code: 'OPERATION_ABORTED', cause: 'enough' })
    expect(await waiting).toMatchObject({ code: 'OPERATION_ABORTED' })
    expect(session.state).toBe('closed')
    expect(await failureOf(insert(session, 'late'))).toBeInstanceOf(SessionClosedError)
    expect(await names()).toEqual([])
    expect(database.engine.stats()).toMatchObject({ inUse: 0, destroyed: 0 })
  })

  it('reads objects and refuses to write them, for half of them could be stored', async () => {
    const people = table('person', { id: bigint().identity().primaryKey(), name: text().notNull() })
    const database = openDatabase(cloned.url, { metadata: new Metadata({ tables: { person: people } }) })
    await database.begin(async (session) => void session.add(people, { name: 'Ada' }))
    const [{ id } = { id: '0' }] = await cloned.query<{ id: string }>('select id from person')
    await using session = database.session(AUTOCOMMIT)
    const ada = await session.getOne(people, BigInt(id))
    expect(ada.name).toBe('Ada')
    ada.name = 'Grace'
    expect(await failureOf(session.flush())).toBeInstanceOf(UsageError)
    expect(await failureOf(session.commit())).toBeInstanceOf(UsageError)
    expect(await names()).toEqual(['Ada'])
  })

  it('is an option of sessions, not of one transaction', async () => {
    const database = openDatabase(cloned.url)
    await using session = database.session()
    expect(() => session.begin(AUTOCOMMIT as object)).toThrow(ConfigurationError)
    expect(await failureOf(database.begin(() => Promise.resolve(), AUTOCOMMIT as object))).toBeInstanceOf(
      UsageError,
    )
    expect(() => database.session({ ...AUTOCOMMIT, deferrable: true })).toThrow(ConfigurationError)
  })
})
