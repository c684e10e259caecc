import { sql } from 'kysely'
import { beforeAll, describe, expect, it } from 'vitest'
import { cloneDatabase } from '../../support/clone-database.js'
import { isPooled } from '../../support/via.js'
import { openDatabase } from './open-database.js'

const cloned = cloneDatabase()

beforeAll(async () => {
  await cloned.query('create schema tenant')
})

interface Probe {
  readonly left: string
  /** One row with one column: what the next session can see of it. */
  readonly seen: string
}

/** What E6 found a pool to hand on with a connection. */
const PROBES: Readonly<Record<string, Probe>> = {
  'a search path': { left: 'set search_path to tenant', seen: "select current_setting('search_path')" },
  'a role': { left: 'set role pg_monitor', seen: 'select current_user' },
  'a session authorization': {
    left: 'set session authorization pg_monitor',
    seen: 'select session_user',
  },
  "a tenant's setting": {
    left: "select set_config('app.tenant', 'acme', false)",
    seen: "select coalesce(current_setting('app.tenant', true), '')",
  },
  'a statement timeout': { left: 'set statement_timeout = 12345', seen: 'show statement_timeout' },
  'a read-only default': {
    left: 'set default_transaction_read_only = on',
    seen: 'show default_transaction_read_only',
  },
  'a time zone': { left: "set timezone = 'Asia/Tokyo'", seen: 'show timezone' },
  'a date style': { left: "set datestyle = 'German'", seen: 'show datestyle' },
  'an advisory lock': {
    left: 'select pg_advisory_lock(4711)',
    seen: "select count(*)::int from pg_locks where locktype = 'advisory' and objid = 4711",
  },
  'a temporary table': {
    left: 'create temp table forged as select 1 as one',
    seen: "select to_regclass('pg_temp.forged') is null",
  },
  'a table made in pg_temp': {
    left: 'create table pg_temp.forged (id int)',
    seen: "select to_regclass('pg_temp.forged') is null",
  },
  'a subscription': { left: 'listen channel', seen: 'select count(*)::int from pg_listening_channels()' },
  'a cursor with hold': {
    left: 'declare held cursor with hold for select 1',
    seen: 'select count(*)::int from pg_cursors',
  },
  'a prepared statement of SQL': {
    left: 'prepare theirs as select 1',
    seen: "select count(*)::int from pg_prepared_statements where name = 'theirs'",
  },
  'a setting made by DO': {
    left: "do $$ begin perform set_config('app.tenant', 'acme', false); end $$",
    seen: "select coalesce(current_setting('app.tenant', true), '')",
  },
}

/** Behind a pooler nothing could take it away again: there it is refused. */
async function leave(left: Promise<unknown>): Promise<void> {
  if (isPooled) await expect(left).rejects.toThrow(/the pooler lends to others next/)
  else await left
}

describe('The next session', () => {
  it.each(Object.entries(PROBES))('sees nothing of %s that another has left (E6)', async (_, probe) => {
    const database = openDatabase(cloned.url, { pool: { size: 1, maxOverflow: 0 } })
    const look = async () => {
      const { rows } = await database.begin((session) => sql.raw(probe.seen).execute(session))
      return Object.values(rows[0] as Record<string, unknown>)
    }
    const before = await look()
    await leave(database.begin((session) => sql.raw(probe.left).execute(session)))
    expect(await look()).toEqual(before)
    // Also where the transaction that did it was rolled back, and through plain Kysely.
    await using session = database.session()
    await leave(sql.raw(probe.left).execute(session))
    await session.rollback()
    expect(await look()).toEqual(before)
    await leave(sql.raw(probe.left).execute(database.kysely))
    expect(await look()).toEqual(before)
    expect(database.engine.stats()).toMatchObject({ inUse: 0, destroyed: 0 })
  })

  it('gets the same connection, reset in one round trip, where that is enough', async () => {
    const database = openDatabase(cloned.url, { pool: { size: 1, maxOverflow: 0 } })
    const pid = () =>
      database.begin(async (session) => {
        const { rows } = await sql<{ pid: number }>`select pg_backend_pid() as pid`.execute(session)
        return rows[0]?.pid
      })
    const before = await pid()
    await database.begin((session) => sql.raw('set timezone = 1').execute(session))
    expect(await pid()).toBe(before)
    await database.begin((session) => sql.raw('prepare theirs as select 1').execute(session))
    expect(await pid()).not.toBe(before)
  })

  it('does not wait for the reset of a connection when another is free', async () => {
    const database = openDatabase(cloned.url, { pool: { size: 1, maxOverflow: 1 } })
    const dirty = database.session()
    await sql.raw('set timezone = 1').execute(dirty)
    const waiters = Array.from({ length: 5 }, () =>
      database.begin((session) => sql<{ TimeZone: string }>`show timezone`.execute(session)),
    )
    await dirty.commit()
    for (const { rows } of await Promise.all(waiters)) expect(rows[0]?.TimeZone).not.toBe('<+01>-01')
    await expect.poll(() => database.engine.stats()).toMatchObject({ inUse: 0, pending: 0 })
  })
})
