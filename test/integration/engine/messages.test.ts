import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { AsyncDatabase, type DatabaseOptions } from '../../../src/database/async-database.js'
import { initializeDatabase } from '../../../src/database/initialize-database.js'
import { DisconnectedError } from '../../../src/errors/operational-error.js'
import { cloneDatabase } from '../../support/clone-database.js'
import { via } from '../../support/via.js'

const database = cloneDatabase()

interface DB {
  account: { id: number; balance: number }
}

function open(options: Omit<DatabaseOptions, 'url'> = {}): AsyncDatabase<DB> {
  const pool = { size: 1, maxOverflow: 0, ...options.pool }
  const opened = new AsyncDatabase<DB>({ ...via(database.url), ...options, pool })
  onTestFinished(async () => {
    await opened.close({ graceMillis: 0 })
  })
  return opened
}

async function failureOf(promise: Promise<unknown>): Promise<{ message: string; sqlState?: string }> {
  return await promise.then(
    () => expect.unreachable('It should have failed.'),
    (error: unknown) => error as { message: string; sqlState?: string },
  )
}

describe('The message', () => {
  it('of a transaction that paused for too long has the last word of the server', async () => {
    const opened = open({ session: { idleInTransactionTimeoutMillis: 50 } })
    await using session = opened.session()
    await session.selectFrom('account').select('id').execute()
    await expect.poll(async () => (await database.backends()).length).toBe(0)
    const error = await failureOf(session.selectFrom('account').select('id').execute())
    expect(error).toBeInstanceOf(DisconnectedError)
    expect(error.sqlState).toBe('25P03')
    expect(error.message).toContain('session.idleInTransactionTimeoutMillis')
  })

  it('of a role that does not exist says that a role may be meant', async () => {
    const opened = open()
    const work = opened
      .with({ role: 'nobody_of_that_name' })
      .begin((session) => session.selectFrom('account').select('id').execute())
    expect((await failureOf(work)).message).toMatch(/22023 .*A role, a setting or an argument/)
  })

  it('of a write in a read-only transaction says where that comes from', async () => {
    const work = open().begin(
      (session) => session.updateTable('account').set({ balance: 1 }).where('id', '=', 1).execute(),
      { readOnly: true },
    )
    expect((await failureOf(work)).message).toMatch(/25006 .*leave readOnly out, or connect to the primary/)
  })

  it('of a session that was aborted while it waited speaks of no transaction', async () => {
    const opened = open()
    const holder = await opened.engine.acquire()
    await using session = opened.session({ deadlineMillis: 60 })
    const error = await failureOf(session.selectFrom('account').select('id').execute())
    expect(error.message).toMatch(/phase acquire.*nothing was sent/)
    holder.release()
  })

  it('of a database that is missing has the words of the server', async () => {
    const url = new URL(database.url)
    url.pathname = '/no_such_database'
    const other = new AsyncDatabase<DB>({ url: url.href })
    onTestFinished(async () => {
      await other.close()
    })
    const error = await failureOf(other.kysely.selectFrom('account').select('id').execute())
    expect(error.message).toMatch(/: 3D000, .*no_such_database.* \[CONNECTION_FAILED\]/)
  })

  it('of an unknown option lists those that only the database has', () => {
    expect(() => new AsyncDatabase({ user: 'app', zzzzzzzzz: 1 } as never)).toThrow(/metadata/)
    expect(() => new AsyncDatabase({ user: 'app', metdata: 1 } as never)).toThrow('Did you mean metadata?')
  })
})

describe('The advice at start', () => {
  it('warns when the instances may need more connections than the server has', async () => {
    const warn = vi.fn()
    const quiet = (): void => undefined
    const opened = open({
      pool: { size: 10, maxOverflow: 5, instances: 10_000 },
      logger: { debug: quiet, info: quiet, warn, error: quiet },
    })
    await initializeDatabase(opened)
    expect(warn.mock.calls.map(([, message]) => message as string)).toEqual([
      expect.stringMatching(
        /^the pool may need more connections than the server has: \(size 10 \+ maxOverflow 5\) × 10000 instances = 150000, and there are \d+ \(max_connections \d+, \d+ of them reserved\)/,
      ),
    ])
  })

  it('says nothing when there are enough', async () => {
    const warn = vi.fn()
    const quiet = (): void => undefined
    const opened = open({
      logger: { debug: quiet, info: quiet, warn, error: quiet },
      applicationName: 'alone',
    })
    await initializeDatabase(opened)
    expect(warn).not.toHaveBeenCalled()
  })
})

describe('The version of the server', () => {
  it('is known from the opening of a connection, without a question', async () => {
    const opened = open()
    expect(opened.engine.serverVersion).toBeUndefined()
    await opened.begin((session) => session.selectFrom('account').select('id').execute())
    const [row] = await database.query<{ version: string }>(
      `select current_setting('server_version_num') as version`,
    )
    expect(String(opened.engine.serverVersion)).toBe(row!.version)
  })
})
