import type { DatabaseError } from '../errors/database-error.js'
import type { Connection } from '../postgres/connection.js'

/** Part of the lifetime that is random, so that connections opened together are not all replaced together (P7). */
const RECYCLE_JITTER = 0.1

/** Writes that a server refuses for good reasons must not make a storm of logins. */
const SUSPICION_MILLIS = 1_000

/**
 * Which connections are too old to be lent: those past their lifetime, and, once one was lost, all its elders, for
 * what ended it (a restart, a failover, a firewall) has probably ended them too (P6).
 *
 * @internal
 */
export class Freshness {
  readonly #recycleMillis: number
  #trustedSince = 0
  #suspectedAt = Number.NEGATIVE_INFINITY

  /** @param recycleMillis - Lifetime of a connection, in milliseconds; 0 for no limit. */
  constructor(recycleMillis: number) {
    this.#recycleMillis = recycleMillis
  }

  onOpened(connection: Connection): void {
    if (this.#recycleMillis === 0) return
    connection.retireAt = performance.now() + this.#recycleMillis * (1 - RECYCLE_JITTER * Math.random())
  }

  /** Not after 25P03, 57P05 and their kin, which the server does to one connection alone. */
  onLost(error: DatabaseError): void {
    const { sqlState } = error
    if (sqlState === undefined || /^(?:57P0[1-3]|08)/.test(sqlState)) {
      this.#trustedSince = performance.now()
    }
  }

  /** After a failover the old primary's connections are alive, and of no use (P21). Not more often than bearable. */
  onSuspect(): void {
    const now = performance.now()
    if (now - this.#suspectedAt < SUSPICION_MILLIS) return
    this.#suspectedAt = now
    this.#trustedSince = now
  }

  isStale(connection: Connection): boolean {
    return performance.now() >= connection.retireAt || connection.openedAt < this.#trustedSince
  }
}
