import { sql } from 'kysely'
import { describe, expect, it } from 'vitest'
import { cloneDatabase } from '../../support/clone-database.js'
import { outcomeOf } from './failure-of.js'
import { openDatabase } from './open-database.js'

const cloned = cloneDatabase()

describe('Session.signal', () => {
  it.each(['commit', 'rollback', 'close'] as const)('is not aborted by %s()', async (end) => {
    const database = openDatabase(cloned.url)
    await using session = database.session()
    const { signal } = session
    await sql`select 1`.execute(session)
    await session[end]()
    expect(signal.aborted).toBe(false)
    expect(session.signal).toBe(signal)
  })

  it('is aborted by abort(), with its reason, and ends work outside the database that was given it', async () => {
    const database = openDatabase(cloned.url)
    const session = database.session()
    await sql`select 1`.execute(session)
    const outside = new Promise((resolve) => {
      session.signal.addEventListener('abort', () => {
        resolve(session.signal.reason)
      })
    })
    const reason = new Error('the client went away')
    await session.abort(reason)
    expect(await outside).toBe(reason)
  })

  it('is aborted already where it is asked for after the abort', async () => {
    const database = openDatabase(cloned.url)
    const session = database.session()
    await session.abort()
    expect(session.signal.aborted).toBe(true)
    expect(session.signal.reason).toMatchObject({ code: 'OPERATION_ABORTED' })
  })

  it('is aborted at the deadline, with the error that says so', async () => {
    const database = openDatabase(cloned.url)
    const session = database.session({ deadlineMillis: 50 })
    const { signal } = session
    await outcomeOf(sql`select pg_sleep(20)`.execute(session))
    // The server's own limit may have come first.
    await expect.poll(() => signal.aborted).toBe(true)
    expect(signal.reason).toMatchObject({ code: 'OPERATION_ABORTED' })
    expect((signal.reason as Error).message).toContain('its deadline of 50 ms')
    await session.close()
  })

  it('passes on the signal that the session was opened with, and its reason', async () => {
    const database = openDatabase(cloned.url)
    const controller = new AbortController()
    const session = database.session({ signal: controller.signal })
    await sql`select 1`.execute(session)
    const reason = new Error('shutdown')
    controller.abort(reason)
    await expect.poll(() => session.signal.aborted).toBe(true)
    expect(session.signal.reason).toBe(reason)
    await session.close()
  })
})
