import { afterEach, describe, expect, it, vi } from 'vitest'
import type { AsyncDatabaseOptions } from '../../../src/config/async-database-options.js'
import { cloneDatabase } from '../../support/clone-database.js'
import { NetworkProxy } from '../../support/network-proxy.js'
import { openEngine } from '../engine/open-engine.js'
import { rowsOf, sendGroup, withLease } from '../engine/run-statements.js'
import { pastPooler } from '../../support/via.js'

const database = cloneDatabase()

afterEach(() => {
  vi.unstubAllEnvs()
})

const SETTINGS = [
  'search_path',
  'statement_timeout',
  'idle_in_transaction_session_timeout',
  'application_name',
]

/** The settings of a new connection, before and after everything that a program might reset them with. */
async function settingsOf(
  options: AsyncDatabaseOptions,
  ...resets: readonly string[]
): Promise<Record<string, string>> {
  return await withLease(openEngine(database.url, options), async (lease) => {
    for (const reset of resets) await sendGroup(lease, reset)
    const columns = SETTINGS.map((name) => `current_setting('${name}') as ${name}`).join(', ')
    const [row] = await rowsOf<Record<string, string>>(
      lease,
      `select ${columns}, current_schema() as schema /* ${resets.length} */`,
    )
    return row!
  })
}

const OPTIONS: AsyncDatabaseOptions = {
  applicationName: 'a name with spaces, -c x=y',
  schema: 'tenant',
  session: { statementTimeoutMillis: 12_345, idleInTransactionTimeoutMillis: 23_456 },
}

describe('A new connection', () => {
  it('has the settings that the options ask for, and keeps them after RESET ALL and DISCARD ALL', async () => {
    await database.query('create schema if not exists tenant')
    const expected = {
      application_name: 'a name with spaces, -c x=y',
      statement_timeout: '12345ms',
      idle_in_transaction_session_timeout: '23456ms',
      schema: 'tenant',
    }
    const first = await settingsOf(OPTIONS)
    expect(first).toMatchObject(expected)
    const changed = SETTINGS.map((name) => `set ${name} = ${name === 'search_path' ? 'pg_catalog' : '60000'}`)
    expect(await settingsOf(OPTIONS, ...changed, 'reset all')).toEqual(first)
    expect(await settingsOf(OPTIONS, ...changed, 'discard all')).toEqual(first)
  })

  it('looks for tables in the schema first, and in temporary ones last', async () => {
    await database.query('create schema if not exists tenant')
    const { search_path: path } = await settingsOf(OPTIONS)
    const schemas = path!.split(', ').map((name) => name.replaceAll('"', ''))
    expect(schemas[0]).toBe('tenant')
    expect(schemas.at(-1)).toBe('pg_temp')
  })

  // S3: with PostgreSQL's own default a temporary table hides the real one of that name.
  it('never reads a temporary table in place of a real one', async () => {
    await withLease(openEngine(database.url), async (lease) => {
      const group = await sendGroup(
        lease,
        'create temporary table account as select 666 as id',
        'select count(*)::int as count from account',
        'discard temp',
      )
      expect(group.outcomes[1]).toMatchObject({ rows: [{ count: 20 }] })
    })
  })

  it.each(['0', 'off'])('has no time limits when the options say %s', async () => {
    const settings = await settingsOf({
      session: { statementTimeoutMillis: 0, idleInTransactionTimeoutMillis: 0 },
    })
    expect(settings).toMatchObject({ statement_timeout: '0', idle_in_transaction_session_timeout: '0' })
  })

  // S1: in `options` a space would begin another setting.
  it.each(['a b', 'x -c session_replication_role=replica', 'a","b', 'Ünï cödé', "o'clock"])(
    'takes the schema name %j for one name',
    async (schema) => {
      await database.query(`create schema if not exists "${schema.replaceAll('"', '""')}"`)
      expect(await settingsOf({ schema })).toMatchObject({ schema })
      const [row] = await withLease(openEngine(database.url, { schema }), (lease) =>
        rowsOf(lease, "select current_setting('session_replication_role') as role"),
      )
      expect(row).toEqual({ role: 'origin' })
    },
  )

  // PostgreSQL gives it a meaning of its own in search_path, quoted or not.
  it('never takes the schema name $user for another one', async () => {
    await database.query('create schema if not exists "$user"')
    let schema: unknown
    try {
      ;({ schema } = await settingsOf({ schema: '$user' }))
    } catch (error) {
      expect(error).toMatchObject({ code: 'CONFIGURATION' })
      return
    }
    expect(schema).toBe('$user')
  })

  it('says nothing about settings in the startup packet but these, by name and never in options', async () => {
    await using proxy = await NetworkProxy.start(pastPooler(database.url))
    await withLease(openEngine(proxy.urlFor(database.url), OPTIONS), async () => {
      const { startup } = proxy.connections[0]!
      expect(Object.keys(startup).sort()).toEqual(['client_encoding', 'database', 'user', ...SETTINGS].sort())
    })
  })
})

describe('A hostile environment', () => {
  // S18: each of these is read by pg where an option is left out.
  const HOSTILE = {
    PGHOST: '203.0.113.1',
    PGPORT: '1',
    PGUSER: 'mallory',
    PGPASSWORD: 'wrong',
    PGDATABASE: 'nowhere',
    PGOPTIONS: '-c search_path=pg_catalog -c default_transaction_read_only=on',
    PGAPPNAME: 'mallory',
    PGSSLMODE: 'verify-full',
    PGSSLNEGOTIATION: 'direct',
    PGREQUIRESSL: '1',
    PGCLIENTENCODING: 'LATIN1',
    PGREPLICATION: 'database',
    PGCONNECT_TIMEOUT: '1',
    PGPASSFILE: '/dev/null',
    PGSERVICE: 'mallory',
  }

  it('changes nothing when the options are given', async () => {
    const calm = await settingsOf({})
    for (const [name, value] of Object.entries(HOSTILE)) vi.stubEnv(name, value)
    expect(await settingsOf({})).toEqual(calm)
    const url = new URL(database.url)
    const fields = {
      host: url.hostname,
      port: Number(url.port),
      user: url.username,
      password: decodeURIComponent(url.password),
      database: database.name,
    }
    const engine = openEngine(database.url, fields)
    const [row] = await withLease(engine, (lease) =>
      rowsOf(
        lease,
        `select current_user as user, current_database() as database, current_setting('client_encoding') as encoding,
                current_setting('default_transaction_read_only') as "readOnly", 'é語😀' as text`,
      ),
    )
    expect(row).toEqual({
      user: fields.user,
      database: fields.database,
      encoding: 'UTF8',
      readOnly: 'off',
      text: 'é語😀',
    })
  })

  it('lends no password to a connection that was given none', async () => {
    const url = new URL(database.url)
    vi.stubEnv('PGPASSWORD', decodeURIComponent(url.password))
    url.password = ''
    await expect(openEngine(url.href).acquire()).rejects.toMatchObject({ code: 'CONNECTION_FAILED' })
  })
})
