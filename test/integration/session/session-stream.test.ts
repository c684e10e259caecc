import { CamelCasePlugin, sql } from 'kysely'
import { beforeAll, describe, expect, it } from 'vitest'
import { ConfigurationError, SessionStateError } from '../../../src/errors/usage-error.js'
import { cloneDatabase } from '../../support/clone-database.js'
import { failureOf } from './failure-of.js'
import { openDatabase } from './open-database.js'
import { openThroughProxy } from './open-through-proxy.js'

const cloned = cloneDatabase()
const TOTAL = 20

beforeAll(async () => {
  await cloned.query('update account set balance = id')
})

async function collect<Row>(rows: AsyncIterable<Row>, limit = Number.POSITIVE_INFINITY): Promise<Row[]> {
  const collected: Row[] = []
  for await (const row of rows) {
    collected.push(row)
    if (collected.length === limit) break
  }
  return collected
}

describe('Session: stream()', () => {
  it.each([1, 7, 10, 20, 1000])('yields every row in order, %i at a time', async (chunkSize) => {
    const database = openDatabase(cloned.url)
    await using session = database.session()
    const rows = await collect(session.selectFrom('account').select('id').orderBy('id').stream(chunkSize))
    expect(rows.map(({ id }) => id)).toEqual(Array.from({ length: TOTAL }, (_, index) => index + 1))
    expect(await openCursors(session)).toBe(0)
  })

  it('fetches no more than it is asked for', async () => {
    const { database, recorder } = await openThroughProxy(cloned.url)
    await using session = database.session()
    await session.selectFrom('account').select('id').execute()
    recorder.clear()
    const rows = session.selectFrom('account').select('id').stream(5)
    await rows.next()
    const dataRows = () => recorder.events.filter(({ message }) => message.name === 'DataRow').length
    expect(dataRows()).toBe(5)
    for (let row = 2; row <= 6; row++) await rows.next()
    expect(dataRows()).toBe(10)
    await rows.return?.()
  })

  it('runs in the session’s transaction', async () => {
    const database = openDatabase(cloned.url)
    await using session = database.session()
    await session.updateTable('account').set({ balance: 77 }).where('id', '=', 1).execute()
    const [row] = await collect(session.selectFrom('account').selectAll().where('id', '=', 1).stream())
    expect(row).toEqual({ id: 1, balance: 77 })
  })

  it('closes its cursor at an early break, and the session goes on', async () => {
    const database = openDatabase(cloned.url)
    await using session = database.session()
    expect(await collect(session.selectFrom('account').select('id').orderBy('id').stream(4), 6)).toHaveLength(
      6,
    )
    expect(session.state).toBe('active')
    expect(await openCursors(session)).toBe(0)
    await session.commit()
    expect(database.engine.stats()).toMatchObject({ inUse: 0, destroyed: 0 })
  })

  it('closes its cursor when the loop throws, and the error goes on', async () => {
    const database = openDatabase(cloned.url)
    await using session = database.session()
    const business = new Error('business')
    const work = async (): Promise<void> => {
      for await (const row of session.selectFrom('account').select('id').stream(4))
        if (row.id > 0) throw business
    }
    expect(await failureOf(work())).toBe(business)
    expect(await openCursors(session)).toBe(0)
  })

  it('throws the server’s error when the query is refused, and the transaction is aborted', async () => {
    const database = openDatabase(cloned.url)
    await using session = database.session()
    expect(
      await failureOf(
        collect(
          session
            .selectFrom('nowhere' as 'account')
            .selectAll()
            .stream(),
        ),
      ),
    ).toMatchObject({
      sqlState: '42P01',
    })
    expect(session.state).toBe('aborted')
    expect(await failureOf(session.commit())).toMatchObject({ code: 'COMMIT_ROLLED_BACK' })
  })

  it('throws the server’s error when a later row fails, after the rows before it', async () => {
    const database = openDatabase(cloned.url)
    await using session = database.session()
    const seen: number[] = []
    const work = async (): Promise<void> => {
      const rows = session
        .selectFrom('account')
        .select(['id', sql<number>`10 / (15 - id)`.as('ratio')])
        .orderBy('id')
      for await (const { id } of rows.stream(5)) seen.push(id)
    }
    expect(await failureOf(work())).toMatchObject({ sqlState: '22012' })
    expect(seen).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10])
    expect(session.state).toBe('aborted')
  })

  it('lets other statements and other streams of the session run between its rows', async () => {
    const database = openDatabase(cloned.url)
    await using session = database.session()
    const pairs: [number, number][] = []
    const inner = session.selectFrom('account').select('id').orderBy('id').stream(3)
    for await (const { id } of session.selectFrom('account').select('id').orderBy('id').stream(6)) {
      const other = await inner.next()
      await session.updateTable('account').set({ balance: id }).where('id', '=', id).execute()
      if (other.done !== true) pairs.push([id, other.value.id])
    }
    expect(pairs).toEqual(Array.from({ length: TOTAL }, (_, index) => [index + 1, index + 1]))
  })

  it('ends with a refusal when the transaction ended between its rows', async () => {
    const database = openDatabase(cloned.url)
    await using session = database.session()
    const rows = session.selectFrom('account').select('id').orderBy('id').stream(2)
    await rows.next()
    await session.rollback()
    expect(await failureOf(collect(rows))).toBeInstanceOf(SessionStateError)
    expect(session.state).toBe('idle')
    expect(database.engine.stats().inUse).toBe(0)
  })

  it('harms no later transaction when it is read on after its own has ended', async () => {
    const database = openDatabase(cloned.url)
    await using session = database.session()
    const rows = session.selectFrom('account').select('id').orderBy('id').stream(2)
    await rows.next()
    await session.commit()
    await session.insertInto('person').values({ name: 'later' }).execute()
    await failureOf(collect(rows))
    expect(session.state).toBe('active')
    await rows.return?.()
    await session.rollback()
  })

  it('passes through plugins', async () => {
    const database = openDatabase(cloned.url)
    await using session = database.session()
    const camel = session.withPlugin(new CamelCasePlugin())
    const rows = camel
      .selectFrom('account')
      .select(sql<number>`id`.as('account_id'))
      .orderBy('id')
      .stream(5)
    expect((await collect(rows, 1))[0]).toEqual({ accountId: 1 })
  })

  it('streams what a statement that writes returns', async () => {
    const database = openDatabase(cloned.url)
    await using session = database.session()
    const rows = session
      .insertInto('person')
      .values([{ name: 'Ada' }, { name: 'Grace' }])
      .returning('name')
      .stream(1)
    expect(await collect(rows)).toEqual([{ name: 'Ada' }, { name: 'Grace' }])
  })

  it.each([0, -1, 1.5, Number.NaN])(
    'refuses a chunk size of %d, before anything is sent',
    async (chunkSize) => {
      const database = openDatabase(cloned.url)
      await using session = database.session()
      const error = await failureOf(collect(session.selectFrom('account').selectAll().stream(chunkSize)))
      expect(error).toBeInstanceOf(ConfigurationError)
      expect((error as Error).message).toContain(String(chunkSize))
      expect(database.engine.stats().acquired).toBe(0)
    },
  )

  it('takes nothing when nobody reads it', async () => {
    const database = openDatabase(cloned.url)
    await using session = database.session()
    session.selectFrom('account').selectAll().stream()
    await new Promise((resolve) => setImmediate(resolve))
    expect(database.engine.stats().acquired).toBe(0)
  })
})

async function openCursors(session: Parameters<ReturnType<typeof sql>['execute']>[0]): Promise<number> {
  const { rows } = await sql<{
    count: bigint
  }>`select count(*) as count from pg_cursors where name <> ''`.execute(session)
  return Number(rows[0]?.count)
}
