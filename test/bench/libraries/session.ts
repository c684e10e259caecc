import { AsyncDatabase } from '../../../src/index.js'

/** A database as the README sets it up, with the bench's number of connections. */
export function benchDatabase<DB>(url: string, poolSize: number): AsyncDatabase<DB> {
  return new AsyncDatabase<DB>({ url, pool: { size: poolSize, maxOverflow: 0, idleTimeoutMillis: 0 } })
}
