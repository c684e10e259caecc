import { sql } from 'kysely'
import { expect, it, describe } from 'vitest'
import type { AsyncDatabase } from '../../../src/database/async-database.js'
import { cloneDatabase } from '../../support/clone-database.js'
import { failureOf } from './failure-of.js'
import { openDatabase, type TestTables } from './open-database.js'

const cloned = cloneDatabase()

/** How many connections were opened up to now and for two sessions at once. */
async function openedForTwo(database: AsyncDatabase<TestTables>): Promise<number> {
  const sessions = [database.session(), database.session()]
  await Promise.all(sessions.map((session) => sql`select 1`.execute(session)))
  await Promise.all(sessions.map((session) => session.close()))
  return database.engine.stats().opened
}

describe('A write that the server refuses as read-only', () => {
  it('makes the pool distrust all its connections: after a failover they lead to the old primary (P21)', async () => {
    const database = openDatabase(cloned.url, { pool: { size: 2, maxOverflow: 0 } })
    expect(await openedForTwo(database)).toBe(2)
    const session = database.session()
    // As on a server that has become a standby.
    await sql`select set_config('transaction_read_only', 'on', true)`.execute(session)
    const error = await failureOf(session.insertInto('person').values({ name: 'Ada' }).execute())
    expect(error).toHaveProperty('sqlState', '25006')
    await session.close()
    expect(await openedForTwo(database)).toBe(4)
  })

  it('changes nothing where the session itself was to be read-only', async () => {
    const database = openDatabase(cloned.url, { pool: { size: 2, maxOverflow: 0 } })
    expect(await openedForTwo(database)).toBe(2)
    const session = database.session({ readOnly: true })
    const error = await failureOf(session.insertInto('person').values({ name: 'Ada' }).execute())
    expect(error).toHaveProperty('sqlState', '25006')
    await session.close()
    expect(await openedForTwo(database)).toBe(2)
  })
})
