import { randomBytes } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'

/** A database that lives as long as its test. */
export interface TemporaryDatabase extends AsyncDisposable {
  readonly url: string
  readonly name: string
  /** Ends all connections to it and drops it. Safe to call again. */
  drop(): Promise<void>
}

/** object_in_use: someone is connected to the template, e.g. autovacuum, which goes away by itself. */
const OBJECT_IN_USE = '55006'
const TEMPLATE_ATTEMPTS = 20
const TEMPLATE_PAUSE_MILLIS = 100

/** Creates a database with a name of its own, as a copy of `template` if given. */
export async function temporaryDatabase(
  serverUrl: string,
  options: { readonly template?: string } = {},
): Promise<TemporaryDatabase> {
  const name = `test_${String(process.pid)}_${randomBytes(4).toString('hex')}`
  const template = options.template ?? 'template1'
  for (let attempt = 1; ; attempt++) {
    try {
      await executeOnce(serverUrl, `create database ${quote(name)} template ${quote(template)}`)
      break
    } catch (error) {
      const isBusy = (error as { code?: unknown }).code === OBJECT_IN_USE
      if (!isBusy || attempt === TEMPLATE_ATTEMPTS) throw error
      await sleep(TEMPLATE_PAUSE_MILLIS)
    }
  }
  let dropping: Promise<void> | undefined
  const drop = (): Promise<void> =>
    (dropping ??= executeOnce(serverUrl, `drop database if exists ${quote(name)} with (force)`))
  return { url: urlOf(serverUrl, name), name, drop, [Symbol.asyncDispose]: drop }
}

/** The URL of another database on the same server. */
function urlOf(serverUrl: string, database: string): string {
  const url = new URL(serverUrl)
  url.pathname = `/${encodeURIComponent(database)}`
  return url.href
}

/** Runs SQL on a connection of its own. */
export async function executeOnce(url: string, sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: url, application_name: SUPPORT_NAME })
  await client.connect()
  try {
    await client.query(sql)
  } finally {
    await client.end()
  }
}

/** How the test support's own connections are told from those under test in pg_stat_activity. */
export const SUPPORT_NAME = 'test-support'

function quote(name: string): string {
  return pg.escapeIdentifier(name)
}
