import { sql } from 'kysely'
import { expect, it, describe } from 'vitest'
import type { AsyncDatabase } from '../../../src/database/async-database.js'
import { cloneDatabase } from '../../support/clone-database.js'
import { failureOf } from './failure-of.js'
import { openDatabase, type TestTables } from './open-database.js'

const cloned = cloneDatabase()

/** The server processes of two sessions at once, so of two connections. */
async function processes(database: AsyncDatabase<TestTables>): Promise<number[]> {
  const sessions = [database.session(), database.session()]
  const pids = await Promise.all(
    sessions.map(async (session) => {
      const { rows } = await sql<{ pid: number }>`select pg_backend_pid() as pid`.execute(session)
      return rows[0]!.pid
    }),
  )
  await Promise.all(sessions.map((session) => session.close()))
  return pids.sort((one, other) => one - other)
}

describe('A write that the server refuses as read-only', () => {
  it('makes the pool distrust all its connections: after a failover they lead to the old primary (P21)', async () => {
    const database = openDatabase(cloned.url, { pool: { size: 2, maxOverflow: 0 } })
    const before = await processes(database)
    const session = database.session()
    // As on a server that has become a standby.
    await sql`select set_config('transaction_read_only', 'on', true)`.execute(session)
    const error = await failureOf(session.insertInto('person').values({ name: 'Ada' }).execute())
    expect(error).toHaveProperty('sqlState', '25006')
    await session.close()
    const after = await processes(database)
    expect(after.filter((pid) => before.includes(pid))).toEqual([])
  })

  it('changes nothing where the session itself was to be read-only', async () => {
    const database = openDatabase(cloned.url, { pool: { size: 2, maxOverflow: 0 } })
    const before = await processes(database)
    const session = database.session({ readOnly: true })
    const error = await failureOf(session.insertInto('person').values({ name: 'Ada' }).execute())
    expect(error).toHaveProperty('sqlState', '25006')
    await session.close()
    expect(await processes(database)).toEqual(before)
  })
})
