import { sql } from 'kysely'
import { describe, expect, it } from 'vitest'
import { SessionClosedError } from '../../../src/errors/usage-error.js'
import type { Session } from '../../../src/session/session.js'
import { cloneDatabase } from '../../support/clone-database.js'
import { failureOf } from './failure-of.js'
import { openDatabase, type TestTables } from './open-database.js'
import { openThroughProxy } from './open-through-proxy.js'

const cloned = cloneDatabase()
const IDS = Array.from({ length: 20 }, (_, index) => index + 1)

const accounts = (session: Session<TestTables>) => session.selectFrom('account').select('id').orderBy('id')

async function openCursors(session: Session<TestTables>): Promise<number> {
  const { rows } = await sql<{
    open: number
  }>`select count(*)::int as open from pg_cursors where name <> ''`.execute(session)
  return rows[0]!.open
}

describe('Session.stream', () => {
  it.each([1, 7, 20, 1000])(
    'yields every row in order, %i at a time, and leaves no cursor',
    async (chunkSize) => {
      const database = openDatabase(cloned.url)
      await using session = database.session()
      const ids: number[] = []
      for await (const { id } of session.stream(accounts(session), { chunkSize })) ids.push(id)
      expect(ids).toEqual(IDS)
      expect(await openCursors(session)).toBe(0)
    },
  )

  it('fetches one chunk ahead while the consumer works, and no more', async () => {
    const { database, recorder } = await openThroughProxy(cloned.url)
    await using session = database.session()
    const rows = session.stream(accounts(session), { chunkSize: 5 })[Symbol.asyncIterator]()
    await rows.next()
    const fetches = () => recorder.executedSql.filter((text) => text.startsWith('fetch')).length
    await expect.poll(fetches).toBe(2)
    await sql`select 1`.execute(session)
    expect(fetches()).toBe(2)
    await rows.return?.()
  })

  it('leaves together with BEGIN in its first round trip', async () => {
    const { database, recorder } = await openThroughProxy(cloned.url)
    await database.begin((warm) => sql`select 1`.execute(warm))
    recorder.clear()
    await using session = database.session()
    let rows = 0
    for await (const { id } of session.stream(accounts(session), { chunkSize: 100 })) rows += Math.sign(id)
    expect(rows).toBe(IDS.length)
    // BEGIN, DECLARE and FETCH; then CLOSE.
    expect(recorder.roundTrips).toBe(2)
  })

  it('closes its cursor when the loop is left by break or by an error, and the session goes on', async () => {
    const database = openDatabase(cloned.url)
    await using session = database.session()
    for await (const { id } of session.stream(accounts(session), { chunkSize: 3 })) if (id === 4) break
    expect(await openCursors(session)).toBe(0)
    const failure = new Error('of the loop')
    const failed = async () => {
      for await (const { id } of session.stream(accounts(session), { chunkSize: 3 }))
        if (id === 4) throw failure
    }
    expect(await failureOf(failed())).toBe(failure)
    expect(await openCursors(session)).toBe(0)
  })

  it('runs in the transaction of its session, and takes the parameters of a prepared query', async () => {
    const database = openDatabase(cloned.url)
    const above = database.prepareQuery<{ id: number }>()((db, param) =>
      db.selectFrom('account').select(['id', 'balance']).where('id', '>', param('id')).orderBy('id'),
    )
    await using session = database.session()
    await session.updateTable('account').set({ balance: 77 }).where('id', '=', 20).execute()
    const rows: object[] = []
    for await (const row of session.stream(above, { id: 18 }, { chunkSize: 1 })) rows.push(row)
    expect(rows).toMatchObject([{ id: 19 }, { id: 20, balance: 77 }])
  })

  it('ends when its session is aborted', async () => {
    const database = openDatabase(cloned.url)
    const session = database.session()
    const seen: number[] = []
    const read = async () => {
      for await (const { id } of session.stream(accounts(session), { chunkSize: 2 })) {
        seen.push(id)
        if (id === 3) await session.close()
      }
    }
    expect(await failureOf(read())).toHaveProperty('code', 'SESSION_STATE')
    expect(seen.length).toBeLessThan(IDS.length)
    expect(await failureOf(accounts(session).execute())).toBeInstanceOf(SessionClosedError)
  })
})
