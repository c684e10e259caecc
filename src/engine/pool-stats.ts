import type { PoolFigures } from '../errors/operational-error.js'

/**
 * The pool's figures at one moment: a frozen copy, not a live view.
 *
 * @example
 * ```ts
 * const { inUse, idle, waiting } = database.engine.stats()
 * console.log(`${inUse} in use, ${idle} idle, ${waiting} waiting`)
 * ```
 */
export interface PoolStats extends PoolFigures {
  /** Connections that are kept when idle (`pool.size`). */
  readonly size: number
  /** Connections opened since the start. */
  readonly opened: number
  /** Loans since the start. */
  readonly acquired: number
  /** Loans that ended; `acquired - released` equals `inUse`. */
  readonly released: number
  /** Loans that ended with the connection's destruction: it was not provably idle. */
  readonly destroyed: number
  /** Callers that waited in vain until `pool.acquireTimeoutMillis`. */
  readonly timeouts: number
  /** Callers refused at once because `pool.maxWaiters` were waiting already. */
  readonly refused: number
}
