import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { afterAll, afterEach, beforeAll, inject } from 'vitest'
import './global-setup.js'
import { SUPPORT_NAME, temporaryDatabase, type TemporaryDatabase } from './temporary-database.js'

/** One backend of the database under test, as pg_stat_activity has it. */
export interface Backend {
  readonly pid: number
  readonly state: string
  readonly query: string
  readonly applicationName: string
}

/** This test file's own copy of the template database. Usable inside tests and hooks. */
export interface ClonedDatabase {
  readonly url: string
  readonly name: string
  /** Runs SQL on a connection beside the code under test, e.g. to see what was committed or to kill a backend. */
  query<Row extends pg.QueryResultRow>(sql: string, parameters?: unknown[]): Promise<Row[]>
  /** The connections under test, as the server sees them. */
  backends(): Promise<Backend[]>
}

/** A client that has just been destroyed is still listed until its backend notices. */
const LEAK_PATIENCE_MILLIS = 15_000
const LEAK_POLL_MILLIS = 20

/**
 * Gives the test file a copy of the template database, from its first test to its last.
 *
 * After each test no connection may be left inside a transaction; the test that did leave one fails.
 */
export function cloneDatabase(): ClonedDatabase {
  let database: TemporaryDatabase | undefined
  let client: pg.Client | undefined

  beforeAll(async () => {
    database = await temporaryDatabase(inject('databaseUrl'), { template: inject('templateName') })
    client = new pg.Client({ connectionString: database.url, application_name: SUPPORT_NAME })
    await client.connect()
  })
  afterEach(async () => {
    if (client !== undefined) await expectNoOpenTransaction(client)
  })
  afterAll(async () => {
    await client?.end()
    await database?.drop()
  })

  const ready = <Value>(value: Value | undefined): Value => {
    if (value === undefined) throw new Error('The database is there from beforeAll on: use it inside tests.')
    return value
  }
  return {
    get url() {
      return ready(database).url
    },
    get name() {
      return ready(database).name
    },
    async query<Row extends pg.QueryResultRow>(sql: string, parameters: unknown[] = []) {
      return (await ready(client).query<Row>(sql, parameters)).rows
    },
    async backends() {
      return await backendsOf(ready(client))
    },
  }
}

async function backendsOf(client: pg.Client): Promise<Backend[]> {
  const { rows } = await client.query<Backend>(
    `select pid, coalesce(state, '') as state, query, application_name as "applicationName"
       from pg_stat_activity
      where datname = current_database() and backend_type = 'client backend' and application_name <> $1
      order by backend_start`,
    [SUPPORT_NAME],
  )
  return rows
}

async function expectNoOpenTransaction(client: pg.Client): Promise<void> {
  const deadline = performance.now() + LEAK_PATIENCE_MILLIS
  for (;;) {
    const open = (await backendsOf(client)).filter(({ state }) => state.startsWith('idle in transaction'))
    if (open.length === 0) return
    if (performance.now() > deadline) {
      const list = open.map(({ pid, state, query }) => `${String(pid)} ${state}, after: ${query}`).join('\n')
      throw new Error(`This test left ${String(open.length)} open transaction(s):\n${list}`)
    }
    await sleep(LEAK_POLL_MILLIS)
  }
}
