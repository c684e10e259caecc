import { inject } from 'vitest'
import type { DatabaseOptions } from '../../src/database/async-database.js'

/** Whether sessions are behind a pooler in transaction mode in this run. */
export const isPooled = process.env['TEST_VIA'] === 'pgbouncer'

/** The same database the way that this run goes to it: directly, unless `TEST_VIA` says otherwise. */
export function via(url: string): Pick<DatabaseOptions, 'pooler'> & { readonly url: string } {
  const way = inject('via')
  if (way === undefined || way.kind === 'missing') return { url }
  const other = new URL(url)
  other.hostname = '127.0.0.1'
  other.port = String(way.port)
  return { url: other.href, pooler: way.kind === 'pgbouncer' ? 'transaction' : undefined }
}
