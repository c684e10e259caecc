import { TimeMeter, type TimeStats } from './time-meter.js'

/** Counted since the start. */
export interface PoolCounts {
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
  /** Callers refused because all connections were held by work that itself waited for one. */
  readonly deadlocks: number
  /** Loans whose session was garbage-collected open; their connections were destroyed. */
  readonly leaked: number
}

/** How long the parts of a loan took. */
export interface PoolTimes {
  /** From asking for a connection to getting it, over all loans; 0 for those that were served at once. */
  readonly wait: TimeStats
  /** From getting a connection to giving it back. */
  readonly use: TimeStats
  /** Opening a connection: network, encryption and log-in. */
  readonly create: TimeStats
}

/**
 * What a pool counts and measures.
 *
 * @internal
 */
export class PoolMeters {
  readonly counts: { -readonly [Name in keyof PoolCounts]: PoolCounts[Name] } = {
    opened: 0,
    acquired: 0,
    released: 0,
    destroyed: 0,
    timeouts: 0,
    refused: 0,
    deadlocks: 0,
    leaked: 0,
  }
  readonly wait = new TimeMeter()
  readonly use = new TimeMeter()
  readonly create = new TimeMeter()

  times(now: number): PoolTimes {
    return {
      wait: this.wait.stats(now),
      use: this.use.stats(now),
      create: this.create.stats(now),
    }
  }
}
