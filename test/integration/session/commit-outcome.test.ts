import { sql } from 'kysely'
import { setTimeout as sleep } from 'node:timers/promises'
import { beforeEach, describe, expect, it } from 'vitest'
import { DisconnectedError } from '../../../src/errors/operational-error.js'
import { CommitUnknownError } from '../../../src/errors/transaction-error.js'
import type { Session } from '../../../src/session/session.js'
import { cloneDatabase } from '../../support/clone-database.js'
import { dataRow } from '../../support/data-row.js'
import { serverMessage } from '../../support/scripted-server.js'
import { failureOf } from './failure-of.js'
import { COMMIT_ASKED, COMMIT_DONE, openThroughProxy } from './open-through-proxy.js'
import type { TestTables } from './open-database.js'
import { storedNames } from './stored-names.js'

const cloned = cloneDatabase()

beforeEach(async () => {
  await cloned.query('delete from person')
})

const names = () => storedNames(cloned)

async function insert(session: Session<TestTables>, name: string): Promise<void> {
  await session.insertInto('person').values({ name }).execute()
}

async function unknownOf(session: Session<TestTables>): Promise<CommitUnknownError> {
  const error = await failureOf(session.commit())
  expect(error).toBeInstanceOf(CommitUnknownError)
  return error as CommitUnknownError
}

/** Says nothing about COMMIT for longer than this, and the connection is given up. */
const IMPATIENT = { session: { commitTimeoutMillis: 300 } }

describe('A COMMIT whose answer was lost', () => {
  it.each(['reset', 'close'] as const)('turns out committed when the answer was lost (%s)', async (fault) => {
    const { database, proxy } = await openThroughProxy(cloned.url)
    await using session = database.session()
    await insert(session, 'Ada')
    proxy.intercept(COMMIT_DONE, fault)
    const error = await unknownOf(session)
    expect(error).toMatchObject({ outcome: 'committed', isRetryable: false })
    expect(error.xid).toMatch(/^\d+$/)
    expect(error.cause).toBeInstanceOf(DisconnectedError)
    expect(error.message).toContain('committed')
    expect(await names()).toEqual(['Ada'])
  })

  it('turns out aborted when the request was lost', async () => {
    const { database, proxy } = await openThroughProxy(cloned.url)
    await using session = database.session()
    await insert(session, 'Ada')
    proxy.intercept(COMMIT_ASKED, 'reset')
    expect(await unknownOf(session)).toMatchObject({ outcome: 'aborted', isRetryable: true })
    expect(await names()).toEqual([])
  })

  it('turns out aborted when the request went into a black hole, for its backend is ended', async () => {
    const { database, proxy } = await openThroughProxy(cloned.url, IMPATIENT)
    await using session = database.session()
    await insert(session, 'Ada')
    proxy.intercept(COMMIT_ASKED, 'blackHole')
    const error = await unknownOf(session)
    expect(error.outcome).toBe('aborted')
    expect((error.cause as Error).message).toMatch(/did not answer COMMIT within \d+ ms/)
    expect(await names()).toEqual([])
    expect(await cloned.backends()).not.toContainEqual(
      expect.objectContaining({ state: 'idle in transaction' }),
    )
  })

  it('turns out committed when the answer went into a black hole', async () => {
    const { database, proxy } = await openThroughProxy(cloned.url, IMPATIENT)
    await using session = database.session()
    await insert(session, 'Ada')
    proxy.intercept(COMMIT_DONE, 'blackHole')
    expect((await unknownOf(session)).outcome).toBe('committed')
    expect(await names()).toEqual(['Ada'])
  })

  it('turns out aborted when its backend was killed before it got there', async () => {
    const { database, proxy } = await openThroughProxy(cloned.url)
    await using session = database.session()
    await insert(session, 'Ada')
    const hold = proxy.intercept(COMMIT_ASKED, 'hold')
    const failed = unknownOf(session)
    await hold.firstHit
    const [backend] = await cloned.backends()
    await cloned.query('select pg_terminate_backend($1)', [backend!.pid])
    const pids = async () => (await cloned.backends()).map(({ pid }) => pid)
    await expect.poll(pids).not.toContain(backend!.pid)
    hold.release()
    expect((await failed).outcome).toBe('aborted')
    expect(await names()).toEqual([])
  })

  it.each([
    ['a function', (session: Session<TestTables>) => sql`select pay('Ada')`.execute(session)],
    [
      'a WITH',
      (session: Session<TestTables>) =>
        sql`with paid as (insert into person (name) values ('Ada') returning id) select * from paid`.execute(
          session,
        ),
    ],
    ['a savepoint', (session: Session<TestTables>) => session.beginNested((nested) => insert(nested, 'Ada'))],
    ['a procedure', (session: Session<TestTables>) => sql`call settle('Ada')`.execute(session)],
  ])('is known also when %s wrote', async (_, write) => {
    await cloned.query(`create or replace function pay(who text) returns void language sql
      as $$ insert into person (name) values (who) $$;
      create or replace procedure settle(who text) language sql as $$ insert into person (name) values (who) $$`)
    const { database, proxy } = await openThroughProxy(cloned.url)
    await using session = database.session()
    await session.selectFrom('person').selectAll().execute()
    await write(session)
    await session.selectFrom('person').selectAll().execute()
    proxy.intercept(COMMIT_DONE, 'reset')
    expect((await unknownOf(session)).outcome).toBe('committed')
    expect(await names()).toEqual(['Ada'])
  })

  it('is resolved for Kysely’s own transaction too', async () => {
    const { database, proxy } = await openThroughProxy(cloned.url)
    proxy.intercept(COMMIT_DONE, 'reset')
    const failed = database.kysely
      .transaction()
      .execute((trx) => trx.insertInto('person').values({ name: 'Ada' }).execute())
    expect(await failureOf(failed)).toMatchObject({ code: 'COMMIT_UNKNOWN', outcome: 'committed' })
  })

  it('stays unknown, without an id, when nothing was written', async () => {
    const { database, proxy } = await openThroughProxy(cloned.url)
    await using session = database.session()
    await session.selectFrom('person').selectAll().execute()
    proxy.intercept(COMMIT_DONE, 'reset')
    expect(await unknownOf(session)).toMatchObject({ outcome: 'unknown', xid: undefined })
  })

  it('stays unknown when resolving is switched off', async () => {
    const { database, proxy } = await openThroughProxy(cloned.url, { session: { resolveCommitMillis: 0 } })
    await using session = database.session()
    await insert(session, 'Ada')
    proxy.intercept(COMMIT_DONE, 'reset')
    expect(await unknownOf(session)).toMatchObject({ outcome: 'unknown', xid: undefined })
  })

  it('stays unknown, with its id, when no server answers in time', async () => {
    const { database, proxy } = await openThroughProxy(cloned.url, { session: { resolveCommitMillis: 400 } })
    await using session = database.session()
    await insert(session, 'Ada')
    proxy.intercept(COMMIT_DONE, 'reset')
    await proxy.freeze()
    const error = await unknownOf(session)
    expect(error.outcome).toBe('unknown')
    expect(error.xid).toMatch(/^\d+$/)
    expect(await names()).toEqual(['Ada'])
    await proxy.serve()
  })

  it('stays unknown when another server answers: there the id is another transaction’s', async () => {
    const { database, proxy } = await openThroughProxy(cloned.url)
    await using session = database.session()
    await insert(session, 'Ada')
    // The second server says that it lives in another timeline.
    proxy.intercept(
      { direction: 'toClient', name: 'DataRow', bytes: /\/0000000/ },
      { replaceWith: serverMessage('D', dataRow('7000000000000000000/00000009 1 1')) },
    )
    proxy.intercept(COMMIT_DONE, 'reset')
    expect((await unknownOf(session)).outcome).toBe('unknown')
    expect(await names()).toEqual(['Ada'])
  })
})

describe('A COMMIT without an answer', () => {
  it('is waited for a little longer when its session is aborted, then given up', async () => {
    const { database, proxy } = await openThroughProxy(cloned.url)
    const session = database.session()
    await insert(session, 'Ada')
    const lost = proxy.intercept(COMMIT_DONE, 'blackHole')
    const failed = unknownOf(session)
    await lost.firstHit
    await session.abort()
    expect((await failed).outcome).toBe('committed')
    expect(session.state).toBe('closed')
    expect(database.engine.stats()).toMatchObject({ inUse: 0 })
  })

  it('is not given up before its time', async () => {
    const { database, proxy } = await openThroughProxy(cloned.url, {
      session: { commitTimeoutMillis: 20_000 },
    })
    await using session = database.session()
    await insert(session, 'Ada')
    const hold = proxy.intercept(COMMIT_DONE, 'hold')
    const committed = session.commit()
    await hold.firstHit
    await sleep(500)
    hold.release()
    await committed
    expect(database.engine.stats()).toMatchObject({ destroyed: 0 })
  })
})

describe('Finding out', () => {
  it('costs no round trip: 2 for a transaction that writes once', async () => {
    const { database, recorder } = await openThroughProxy(cloned.url, { pool: { size: 1, maxOverflow: 0 } })
    await database.begin((session) => insert(session, 'warm'))
    recorder.clear()
    await database.begin((session) => insert(session, 'Ada'))
    expect(recorder.roundTrips).toBe(2)
  })

  it('asks nothing in a transaction that only reads', async () => {
    const { database, recorder } = await openThroughProxy(cloned.url, { pool: { size: 1, maxOverflow: 0 } })
    await database.begin((session) => insert(session, 'warm'))
    recorder.clear()
    await database.begin((session) => session.selectFrom('person').selectAll().execute())
    const asked = recorder.events.filter(({ message }) => message.text?.includes('pg_current_xact_id'))
    expect(asked).toEqual([])
  })

  it('asks no more once the id is known', async () => {
    const { database, recorder } = await openThroughProxy(cloned.url, { pool: { size: 1, maxOverflow: 0 } })
    await database.begin((session) => insert(session, 'warm'))
    recorder.clear()
    await database.begin(async (session) => {
      await insert(session, 'Ada')
      await insert(session, 'Grace')
    })
    const asked = recorder.events.filter(
      ({ message }) => message.name === 'Execute' && message.text?.includes('pg_current_xact_id'),
    )
    expect(asked).toHaveLength(1)
  })

  it('survives a server that does not tell which one it is', async () => {
    await cloned.query(`revoke execute on function pg_control_system() from public`)
    await cloned.query(
      `create role commit_outcome login password 'secret' in role pg_write_all_data, pg_read_all_data`,
    )
    await cloned.query('grant usage on all sequences in schema public to commit_outcome')
    try {
      const url = new URL(cloned.url)
      url.username = 'commit_outcome'
      url.password = 'secret'
      const { database, proxy } = await openThroughProxy(url.href)
      await database.begin((session) => insert(session, 'Ada'))
      await using session = database.session()
      await insert(session, 'Grace')
      proxy.intercept(COMMIT_DONE, 'reset')
      expect((await unknownOf(session)).outcome).toBe('unknown')
      expect(await names()).toEqual(['Ada', 'Grace'])
      await database.close()
    } finally {
      await cloned.query(
        `grant execute on function pg_control_system() to public; drop owned by commit_outcome; drop role commit_outcome`,
      )
    }
  })
})

describe('database.begin with retry', () => {
  it('runs the work again when its COMMIT turned out aborted, and only then', async () => {
    const { database, proxy } = await openThroughProxy(cloned.url)
    let runs = 0
    const lost = proxy.intercept(COMMIT_ASKED, 'reset')
    await database.begin((session) => insert(session, `run ${++runs}`), { retry: { attempts: 3 } })
    expect(lost.hits).toBe(1)
    expect(await names()).toEqual(['run 2'])
  })

  it('does not run the work again that swallowed a COMMIT which turned out committed', async () => {
    const { database, proxy } = await openThroughProxy(cloned.url)
    let runs = 0
    const failed = database.begin(
      async (session) => {
        await insert(session, `run ${++runs}`)
        proxy.intercept(COMMIT_DONE, 'reset')
        await session.commit().catch(() => undefined)
        await session.rollback()
        await sql.raw(`do $$ begin raise exception using errcode = '40001'; end $$`).execute(session)
      },
      { retry: { attempts: 3 } },
    )
    expect(await failureOf(failed)).toMatchObject({ sqlState: '40001' })
    expect(await names()).toEqual(['run 1'])
  })
})
