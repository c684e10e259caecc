import { inject } from 'vitest'
import type { DatabaseOptions } from '../../src/database/async-database.js'

/** Whether sessions are behind a pooler in transaction mode in this run. */
export const isPooled = process.env['TEST_VIA'] === 'pgbouncer'

/** The same database the way that this run goes to it: directly, unless `TEST_VIA` says otherwise. */
export function via(url: string): Pick<DatabaseOptions, 'pooler'> & { readonly url: string } {
  const way = inject('via')
  if (way === undefined || way.kind === 'missing') return { url }
  return { url: atPort(url, way.port), pooler: way.kind === 'pgbouncer' ? 'transaction' : undefined }
}

/**
 * The same, but never through a pooler: for tests whose subject is the connection to the server itself, its process, its
 * login, what is left on it. The URL of a proxy of the test's own stays as it is.
 */
export function pastPooler(url: string): string {
  const way = inject('via')
  const isServer = new URL(url).port === new URL(inject('databaseUrl')).port
  return way?.kind === 'one-byte' && isServer ? atPort(url, way.port) : url
}

function atPort(url: string, port: number): string {
  const other = new URL(url)
  other.hostname = '127.0.0.1'
  other.port = String(port)
  return other.href
}
