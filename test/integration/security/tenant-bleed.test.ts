import { setTimeout as sleep } from 'node:timers/promises'
import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { AsyncDatabase } from '../../../src/database/async-database.js'
import type { DatabaseView } from '../../../src/database/database-view.js'
import { DatabaseError } from '../../../src/errors/database-error.js'
import { cloneDatabase } from '../../support/clone-database.js'
import { NetworkProxy } from '../../support/network-proxy.js'
import { isPooled, via } from '../../support/via.js'

interface Tables {
  note: { tenant: string; text: string }
}

const TENANTS = Array.from({ length: 8 }, (_, index) => `tenant_${index}`)
const REQUESTS = 64
const ROUNDS = 4
const STRIKE_MILLIS = 30

const cloned = cloneDatabase()

beforeAll(async () => {
  for (const tenant of TENANTS) {
    await cloned.query(`create schema ${tenant}; create table ${tenant}.note (tenant text, text text)`)
  }
  await cloned.query(`
    create schema shared;
    create table shared.note (tenant text, text text);
    create policy own_rows on shared.note using (tenant = current_setting('app.tenant'));
    alter table shared.note enable row level security;
    create role bleed_user;
    grant usage on schema shared to bleed_user;
    grant all on shared.note to bleed_user;
    grant bleed_user to current_user`)
})
afterAll(async () => {
  await cloned.query('drop owned by bleed_user; drop role bleed_user')
})

/** How an application keeps its tenants apart. */
const WAYS: readonly [string, (database: AsyncDatabase<Tables>, tenant: string) => DatabaseView<Tables>][] = [
  ['schema', (database, tenant) => database.with({ schema: tenant })],
  [
    'row-level security',
    (database, tenant) =>
      database.with({ schema: 'shared', role: 'bleed_user', settings: { 'app.tenant': tenant } }),
  ],
]

/** Kills backends and cuts connections until it is told to stop. */
async function disturb(proxy: NetworkProxy, signal: AbortSignal): Promise<number> {
  let strikes = 0
  for (; !signal.aborted; strikes++) {
    await sleep(STRIKE_MILLIS)
    const { connections } = proxy
    if (strikes % 2 === 0) connections[strikes % Math.max(1, connections.length)]?.reset()
    else
      await cloned.query(
        `select pg_terminate_backend(pid) from pg_stat_activity
          where datname = current_database() and application_name = 'bleed' order by random() limit 1`,
      )
  }
  return strikes
}

// S2, pain 12: what one tenant's request left on a connection, and what a fault interrupted, must not reach the next.
describe.each(WAYS)('Tenants kept apart by %s', (_, viewOf) => {
  it('never see a row of another one, whatever happens to their connections', async () => {
    const proxy = await NetworkProxy.start(via(cloned.url).url)
    onTestFinished(() => proxy.stop())
    const database = new AsyncDatabase<Tables>({
      ...via(cloned.url),
      url: proxy.urlFor(cloned.url),
      applicationName: 'bleed',
      pool: { size: 4, maxOverflow: 0, acquireTimeoutMillis: 30_000 },
    })
    onTestFinished(() => database.close({ graceMillis: 0 }))
    const foreign: unknown[] = []
    let done = 0
    let failed = 0

    async function request(number: number, round: number): Promise<void> {
      const tenant = TENANTS[(number + round) % TENANTS.length]!
      const caller = new AbortController()
      const isImpatient = (number + round) % 7 === 0
      if (isImpatient) setTimeout(() => caller.abort(), (number * round) % 20)
      try {
        await viewOf(database, tenant).begin(
          async (session) => {
            await session
              .insertInto('note')
              .values({ tenant, text: `${number}/${round}` })
              .execute()
            const rows = await session.selectFrom('note').select('tenant').execute()
            foreign.push(...rows.filter((row) => row.tenant !== tenant))
            if ((number + round) % 5 === 0) throw new DatabaseError({ message: 'changed my mind' })
          },
          { signal: caller.signal },
        )
        done++
      } catch (error) {
        expect(DatabaseError.is(error), String(error)).toBe(true)
        failed++
      }
    }

    const isOver = new AbortController()
    const strikes = disturb(proxy, isOver.signal)
    await Promise.all(
      Array.from({ length: REQUESTS }, async (_, number) => {
        for (let round = 0; round < ROUNDS; round++) await request(number, round)
      }),
    )
    isOver.abort()
    expect(await strikes).toBeGreaterThan(0)
    expect(foreign).toEqual([])
    expect(done).toBeGreaterThan(0)
    expect(failed).toBeGreaterThan(0)

    const views = TENANTS.map((tenant) => viewOf(database, tenant))
    for (const [index, view] of views.entries()) {
      const seen = async (): Promise<Set<string>> => {
        const rows = await view.begin((session) => session.selectFrom('note').select('tenant').execute())
        return new Set(rows.map(({ tenant }) => tenant))
      }
      // The last strike may hit the first of these.
      await expect.poll(seen).toEqual(new Set([TENANTS[index]]))
    }
  })
})

describe('A session that was opened for no tenant', () => {
  it('gets no row where a policy asks for one', async () => {
    await cloned.query(`insert into shared.note values ('tenant_0', 'secret')`)
    const database = new AsyncDatabase<Tables>({ ...via(cloned.url), pool: { size: 1, maxOverflow: 0 } })
    onTestFinished(() => database.close({ graceMillis: 0 }))
    const read = (view: DatabaseView<Tables>): Promise<unknown[]> =>
      view.begin((session) => session.selectFrom('note').selectAll().execute())
    const nobody = database.with({ schema: 'shared', role: 'bleed_user' })
    // Behind a pooler the process has served others, and knows the setting.
    if (!isPooled) await expect(read(nobody)).rejects.toMatchObject({ sqlState: '42704' })
    expect(await read(viewOfSecurity(database, 'tenant_0'))).not.toEqual([])
    // PostgreSQL keeps the name of a setting that a transaction had, with an empty text in it.
    expect(await read(nobody)).toEqual([])
  })

  it('gets an error, not the table of public, where each has a schema', async () => {
    await cloned.query(`create table if not exists public.note (tenant text, text text)`)
    await cloned.query('create schema tenant_new')
    const database = new AsyncDatabase<Tables>({ ...via(cloned.url) })
    onTestFinished(() => database.close({ graceMillis: 0 }))
    const work = database
      .with({ schema: 'tenant_new' })
      .begin((session) => sql`select * from note`.execute(session))
    await expect(work).rejects.toMatchObject({ sqlState: '42P01' })
  })
})

const viewOfSecurity = WAYS[1]![1]
