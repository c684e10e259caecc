import type { HoldingFrames } from '../engine/holding-frames.js'
import type { Lease } from '../engine/lease.js'
import type { Waiter } from '../engine/waiter.js'
import type { DatabaseError } from '../errors/database-error.js'
import type { CallSite } from '../foundation/call-site.js'
import type { Borrower } from './connection-supply.js'

/** Who asked, and is told. */
export interface LeaseRequester {
  onLease(lease: Lease): void
  onNoLease(error: DatabaseError): void
}

/**
 * A session in the pool's line, once for each of its transactions.
 *
 * @internal
 */
export class LeaseRequest implements Waiter {
  readonly sessionId: string | undefined
  readonly suspended: string | undefined
  readonly needsProof: boolean
  // All that the pool sets, so that it need not grow the object for each session.
  waitingSince = 0
  isInLine = false
  ahead: Waiter | undefined
  behind: Waiter | undefined
  stopWatching: (() => void) | undefined
  scope: string | undefined
  frames: HoldingFrames | undefined
  caller: CallSite | undefined
  readonly #requester: LeaseRequester

  /** @param needsProof - Whether a connection that lay idle for long is tested first. */
  constructor({ sessionId, suspended }: Borrower, needsProof: boolean, requester: LeaseRequester) {
    this.sessionId = sessionId
    this.suspended = suspended
    this.needsProof = needsProof
    this.#requester = requester
  }

  onLease(lease: Lease): void {
    this.#requester.onLease(lease)
  }

  onError(error: DatabaseError): void {
    this.#requester.onNoLease(error)
  }
}
