import { afterAll, beforeAll, beforeEach, expect, inject, onTestFinished } from 'vitest'
import { AsyncDatabase, type DatabaseOptions } from '../../../src/database/async-database.js'
import type { ClonedDatabase } from '../../support/clone-database.js'
import { NetworkProxy } from '../../support/network-proxy.js'
import { startPgBouncer, type PgBouncer } from '../../support/pgbouncer.js'

/** Server connections of the pooler. */
export const SERVER_CONNECTIONS = 2

/** A database behind a pooler in transaction mode, with a proxy in front of that. */
export interface PooledDatabase<DB> {
  readonly database: AsyncDatabase<DB>
  readonly proxy: NetworkProxy
}

/**
 * Starts a PgBouncer for the test file, in whatever way the run itself goes to the server. Its tests are skipped, with
 * the reason, where there is none to be had.
 *
 * @returns Opens the database through it, for the running test.
 */
export function openBehindPooler<DB>(
  cloned: ClonedDatabase,
): (options?: Omit<DatabaseOptions, 'url'>) => Promise<PooledDatabase<DB>> {
  let pooler: PgBouncer | string = 'not started'
  beforeAll(async () => {
    pooler = await startPgBouncer(inject('databaseUrl'), { poolSize: SERVER_CONNECTIONS })
  })
  beforeEach((context) => {
    if (typeof pooler === 'string') context.skip(pooler)
  })
  afterAll(async () => {
    if (typeof pooler !== 'string') await pooler.stop()
  })
  return async (options = {}) => {
    const { host, port } = pooler as PgBouncer
    const target = new URL(cloned.url)
    target.host = `${host}:${String(port)}`
    const proxy = await NetworkProxy.start(target.href)
    const database = new AsyncDatabase<DB>({
      url: proxy.urlFor(target.href),
      pooler: 'transaction',
      ...options,
    })
    onTestFinished(async () => {
      const { inUse, waiting, acquired, released } = database.engine.stats()
      await database.close({ graceMillis: 0 })
      await proxy.stop()
      expect({ inUse, waiting, unreturned: acquired - released }).toEqual({
        inUse: 0,
        waiting: 0,
        unreturned: 0,
      })
    })
    return { database, proxy }
  }
}
