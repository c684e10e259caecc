import { sql, type Generated } from 'kysely'
import { setTimeout as sleep } from 'node:timers/promises'
import { beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { AsyncDatabase } from '../../../src/database/async-database.js'
import { OperationAbortedError } from '../../../src/errors/operational-error.js'
import { CommitUnknownError } from '../../../src/errors/transaction-error.js'
import { cloneDatabase } from '../../support/clone-database.js'
import { failureOf, outcomeOf } from '../session/failure-of.js'
import { COMMIT_ASKED, COMMIT_DONE } from '../session/open-through-proxy.js'
import { openBehindPooler, SERVER_CONNECTIONS } from './open-behind-pooler.js'
import { storedNames } from '../session/stored-names.js'

const cloned = cloneDatabase()

interface DB {
  note: { id: Generated<number>; body: string }
  person: { id: Generated<bigint>; name: string }
}

const open = openBehindPooler<DB>(cloned)
const TENANTS = ['acme', 'globex', 'initech', 'umbrella']

beforeAll(async () => {
  for (const tenant of TENANTS) {
    await cloned.query(`create schema ${tenant};
      create table ${tenant}.note (id integer generated always as identity primary key, body text not null)`)
  }
})

beforeEach(async () => {
  await cloned.query('delete from person')
})

const names = () => storedNames(cloned)

/** Takes all server connections of the pooler; the function gives them back. */
async function occupy(database: AsyncDatabase<DB>): Promise<() => Promise<void>> {
  const holders = Array.from({ length: SERVER_CONNECTIONS }, () => database.session())
  await Promise.all(holders.map((holder) => sql`select 'holder'`.execute(holder)))
  return async () => {
    await Promise.all(holders.map((holder) => holder.close()))
  }
}

async function untilActive(part: string): Promise<void> {
  const isActive = async (): Promise<boolean> =>
    (await cloned.backends()).some(({ state, query }) => state === 'active' && query.includes(part))
  await expect.poll(isActive).toBe(true)
}

describe('Tenants by schema', () => {
  it('never mix on two server connections, whatever way they work', async () => {
    const { database } = await open({ pool: { size: 8, maxOverflow: 0, acquireTimeoutMillis: 30_000 } })
    const seen = sql<{ tenant: string; schema: string }>`
      select current_setting('app.tenant_id') as tenant, current_schema() as schema`
    await Promise.all(
      Array.from({ length: 80 }, async (_, round) => {
        const tenant = TENANTS[round % TENANTS.length]!
        const view = database.with({ schema: tenant, settings: { 'app.tenant_id': tenant } })
        const isAlone = round % 3 === 0
        await using session = view.session(isAlone ? { isolationLevel: 'autocommit' } : {})
        await session.insertInto('note').values({ body: tenant }).execute()
        expect((await seen.execute(session)).rows).toEqual([{ tenant, schema: tenant }])
        await sql`select pg_sleep(0.001)`.execute(session)
        if (round % 5 === 4) await session.rollback()
        else await session.commit()
        const bodies = await session.selectFrom('note').select('body').execute()
        expect(new Set(bodies.map(({ body }) => body))).toEqual(new Set([tenant]))
      }),
    )
    for (const tenant of TENANTS) {
      const [row] = await cloned.query<{ foreign: number }>(
        `select count(*) filter (where body <> $1)::int as foreign from ${tenant}.note`,
        [tenant],
      )
      expect(row).toEqual({ foreign: 0 })
    }
    // What belongs to no tenant finds nothing of one.
    const { rows } = await sql<{ tenant: string | null; path: string }>`
      select current_setting('app.tenant_id', true) as tenant, current_setting('search_path') as path`.execute(
      database.kysely,
    )
    expect(rows[0]?.tenant ?? '').toBe('')
    expect(rows[0]?.path).toBe('"public", pg_temp')
  })
})

describe('A busy pooler', () => {
  it('is waited for by work outside sessions, and no connection is taken for dead because of it', async () => {
    const { database } = await open({ pool: { size: 3, maxOverflow: 0, prePingIdleMillis: 0 } })
    const leases = await Promise.all([1, 2, 3].map(() => database.engine.acquire()))
    for (const lease of leases) lease.release()
    const giveBack = await occupy(database)
    const answer = sql<{ one: number }>`select 1 as one`.execute(database.kysely)
    // Longer than a server of its own may take to answer a ping.
    await sleep(900)
    await giveBack()
    expect((await answer).rows).toEqual([{ one: 1 }])
    expect(database.engine.stats()).toMatchObject({ opened: 3, destroyed: 0 })
  })

  it('may take longer to begin a transaction than its first statement may run', async () => {
    const { database } = await open({
      pool: { size: 3, maxOverflow: 0 },
      session: { statementTimeoutMillis: 500 },
    })
    const giveBack = await occupy(database)
    const written = database.begin((session) =>
      session.insertInto('person').values({ name: 'patient' }).execute(),
    )
    await sleep(500 + 5_000 + 1_000)
    await giveBack()
    await written
    expect(await names()).toEqual(['patient'])
    expect(database.engine.stats()).toMatchObject({ destroyed: 0 })
  })

  it('lets go of a session whose deadline ends before it gets a server connection, and harms no other', async () => {
    const { database } = await open({ pool: { size: 4, maxOverflow: 0 } })
    const giveBack = await occupy(database)
    const session = database.session({ deadlineMillis: 300 })
    const error = await failureOf(session.insertInto('person').values({ name: 'late' }).execute())
    expect(error).toBeInstanceOf(OperationAbortedError)
    await giveBack()
    await database.begin((next) => next.insertInto('person').values({ name: 'next' }).execute())
    expect(await names()).toEqual(['next'])
  })

  it('serves more sessions than it has server connections, one after the other', async () => {
    const { database } = await open({ pool: { size: 10, maxOverflow: 0 } })
    await Promise.all(
      Array.from({ length: 30 }, (_, index) =>
        database.begin((session) =>
          session
            .insertInto('person')
            .values({ name: String(index) })
            .execute(),
        ),
      ),
    )
    expect(await names()).toHaveLength(30)
  })
})

describe('Cancelling through a pooler', () => {
  it('stops the statement of an aborted session at the server, and nobody else’s', async () => {
    const { database } = await open()
    const controller = new AbortController()
    const doomed = database.session({ signal: controller.signal })
    const other = database.session()
    const sleeping = failureOf(sql`select pg_sleep(20), 'doomed'`.execute(doomed))
    const innocent = sql<{ done: boolean }>`select true as done from pg_sleep(1.5), (select 'innocent') as x`
      .execute(other)
      .then(({ rows }) => rows)
    await untilActive('doomed')
    controller.abort()
    expect(await sleeping).toBeInstanceOf(OperationAbortedError)
    await expect
      .poll(async () => (await cloned.backends()).filter(({ state }) => state === 'active').length)
      .toBeLessThan(2)
    expect(await innocent).toEqual([{ done: true }])
    await other.close()
  })
})

describe('A COMMIT without an answer, through a pooler', () => {
  it.each([
    ['committed', COMMIT_DONE, ['Ada']],
    ['aborted', COMMIT_ASKED, []],
  ] as const)('is found out to be %s', async (outcome, lost, stored) => {
    const { database, proxy } = await open()
    await using session = database.session()
    await session.insertInto('person').values({ name: 'Ada' }).execute()
    proxy.intercept(lost, 'reset')
    const error = await failureOf(session.commit())
    expect(error).toBeInstanceOf(CommitUnknownError)
    expect(error).toMatchObject({ outcome })
    expect(await names()).toEqual(stored)
  })
})

describe('A server connection of the pooler that dies', () => {
  it('fails the transaction on it, and nothing that comes after', async () => {
    const { database } = await open()
    const failed = database.begin(async (session) => {
      await session.insertInto('person').values({ name: 'gone' }).execute()
      await cloned.query(
        `select pg_terminate_backend(pid) from pg_stat_activity
          where datname = current_database() and pid <> pg_backend_pid() and backend_type = 'client backend'`,
      )
      await session.insertInto('person').values({ name: 'gone too' }).execute()
    })
    expect(await failureOf(failed)).toMatchObject({ code: expect.stringMatching(/DISCONNECTED|CONNECTION/) })
    await outcomeOf(database.begin((session) => sql`select 1`.execute(session)))
    await database.begin((session) => session.insertInto('person').values({ name: 'after' }).execute())
    expect(await names()).toEqual(['after'])
  })
})
