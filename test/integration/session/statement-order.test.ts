import { sql } from 'kysely'
import { beforeEach, describe, expect, it } from 'vitest'
import { PendingRollbackError } from '../../../src/errors/usage-error.js'
import { cloneDatabase } from '../../support/clone-database.js'
import { openDatabase } from './open-database.js'
import { openThroughProxy } from './open-through-proxy.js'

const cloned = cloneDatabase()

beforeEach(async () => {
  // What a sequence hands out stays handed out: it shows what ran, whatever became of the transaction.
  await cloned.query('delete from person; drop sequence if exists ran; create sequence ran')
})

const timesRan = async () => {
  const [row] = await cloned.query<{ times: number }>(
    'select (case when is_called then last_value else 0 end)::int as times from ran',
  )
  return row?.times
}

describe('Session: statements started together', () => {
  it('run in the order in which they were started, whatever they take', async () => {
    const database = openDatabase(cloned.url)
    await using session = database.session()
    const step = (name: string, seconds: number) =>
      sql`insert into person (name) select ${name} from pg_sleep(${seconds})`.execute(session)
    await Promise.all([step('a', 0.03), step('b', 0), step('c', 0.01), step('d', 0)])
    await session.commit()
    const rows = await cloned.query<{ name: string }>('select name from person order by id')
    expect(rows.map(({ name }) => name)).toEqual(['a', 'b', 'c', 'd'])
  })

  it('each get their own result', async () => {
    const database = openDatabase(cloned.url)
    await using session = database.session()
    const numbers = Array.from({ length: 100 }, (_, index) => index)
    const results = await Promise.all(
      numbers.map((n) => sql<{ n: number }>`select ${n}::int as n`.execute(session)),
    )
    expect(results.map(({ rows }) => rows[0]?.n)).toEqual(numbers)
  })

  it('see what the ones before them did', async () => {
    const database = openDatabase(cloned.url)
    await using session = database.session()
    const [, rows] = await Promise.all([
      session.insertInto('person').values({ name: 'Ada' }).execute(),
      session.selectFrom('person').select('name').execute(),
    ])
    expect(rows).toEqual([{ name: 'Ada' }])
  })

  it('are refused behind one that failed, with its error as cause, and never run', async () => {
    const database = openDatabase(cloned.url)
    await using session = database.session()
    const next = () => sql`select nextval('ran')`.execute(session)
    const outcomes = await Promise.allSettled([
      next(),
      next(),
      sql`select 1/0`.execute(session),
      next(),
      next(),
    ])
    expect(outcomes.map(({ status }) => status)).toEqual([
      'fulfilled',
      'fulfilled',
      'rejected',
      'rejected',
      'rejected',
    ])
    const [first, ...others] = outcomes.flatMap((each) =>
      each.status === 'rejected' ? [each.reason as Error] : [],
    )
    expect(first).toMatchObject({ sqlState: '22012' })
    for (const other of others) {
      expect(other).toBeInstanceOf(PendingRollbackError)
      expect(other.message).toMatch(
        /^A statement was not run: number 3 of the 5 that left together \(select\) failed with 22012/,
      )
      expect(other.cause).toBe(first)
    }
    expect(new Set(others).size).toBe(2)
    await session.rollback()
    expect(await timesRan()).toBe(2)
  })

  it('are refused when they were put in line while the failing one ran', async () => {
    const { database, recorder } = await openThroughProxy(cloned.url)
    await using session = database.session()
    const failing = sql`select 1/0 from pg_sleep(0.05)`.execute(session)
    failing.catch(() => undefined)
    await recorder.waitFor(({ message }) => message.name === 'Execute' && /1\/0/.test(message.text ?? ''))
    const waiting = [sql`select nextval('ran')`, sql`select nextval('ran') + 1`].map((each) =>
      each.execute(session),
    )
    const outcomes = await Promise.allSettled([failing, ...waiting])
    const errors = outcomes.map((each) => (each.status === 'rejected' ? (each.reason as Error) : undefined))
    expect(errors.slice(1)).toEqual([expect.any(PendingRollbackError), expect.any(PendingRollbackError)])
    expect(errors[1]!.message).toMatch(
      /^A statement was not run: the one in front of it \(select\) failed with 22012/,
    )
    expect(errors[1]!.cause).toBe(errors[0])
    expect(recorder.executedSql.join()).not.toContain('nextval')
    await session.rollback()
    expect(await timesRan()).toBe(0)
  })

  it('are refused without a byte on the wire once one has failed', async () => {
    const { database, recorder } = await openThroughProxy(cloned.url)
    await using session = database.session()
    await sql`select 1/0`.execute(session).catch(() => undefined)
    const before = recorder.events.length
    await expect(sql`select nextval('ran')`.execute(session)).rejects.toThrow(PendingRollbackError)
    expect(recorder.events).toHaveLength(before)
  })

  it('reject Promise.all with the first failure itself, not with its consequences', async () => {
    const database = openDatabase(cloned.url)
    await using session = database.session()
    const insert = (email: string) => session.insertInto('person').values({ name: 'Ada', email }).execute()
    const all = Promise.all([insert('a@x'), insert('a@x'), insert('b@x')])
    await expect(all).rejects.toMatchObject({ code: 'UNIQUE_VIOLATION', columns: ['email'] })
    await session.rollback()
  })

  it('run in order across a wait for the pool', async () => {
    const database = openDatabase(cloned.url, { pool: { size: 1, maxOverflow: 0 } })
    const holder = database.session()
    await sql`select 1`.execute(holder)
    await using session = database.session()
    const insert = (name: string) => session.insertInto('person').values({ name }).execute()
    const early = [insert('a'), insert('b')]
    await holder.close()
    const late = [insert('c'), insert('d')]
    await Promise.all([...early, ...late, session.commit()])
    const rows = await cloned.query<{ name: string }>('select name from person order by id')
    expect(rows.map(({ name }) => name)).toEqual(['a', 'b', 'c', 'd'])
  })
})
