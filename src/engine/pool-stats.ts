import type { PoolFigures } from '../errors/operational-error.js'
import type { PoolCounts, PoolTimes } from './pool-meters.js'

/**
 * The pool's figures at one moment: a frozen copy, not a live view.
 *
 * @example
 * ```ts
 * const { inUse, idle, waiting, wait } = database.engine.stats()
 * console.log(`${inUse} in use, ${idle} idle, ${waiting} waiting; 99 of 100 waited at most ${wait.p99Millis} ms`)
 * ```
 */
export interface PoolStats extends PoolFigures, PoolCounts, PoolTimes {
  /** Connections that are kept when idle (`pool.size`). */
  readonly size: number
}
