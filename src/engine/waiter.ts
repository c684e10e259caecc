import type { DatabaseError } from '../errors/database-error.js'
import type { CallSite } from '../foundation/call-site.js'
import type { HoldingFrames } from './holding-frames.js'
import type { Lease } from './lease.js'

/**
 * Someone in line for a connection. Exactly one of the two callbacks is called, once, never synchronously, unless
 * the waiter is withdrawn first.
 *
 * @internal
 */
export interface Waiter {
  readonly sessionId: string | undefined
  /** It can't send its first group again on another connection, so a connection that lay idle is tested first. */
  readonly needsProof?: boolean | undefined
  onLease(lease: Lease): void
  onError(error: DatabaseError): void
  /** The session whose connection is held meanwhile, and does nothing until this waiter has been served and is done. */
  suspended?: string | undefined
  /** Set by the pool: when it began to wait, on the clock of `performance.now()`; 0 for who is served at once. */
  waitingSince?: number
  /** Set by the line that it stands in: who comes before and after it. */
  ahead?: Waiter | undefined
  behind?: Waiter | undefined
  /** Set by the line: whether it stands there. */
  isInLine?: boolean
  /** Set by the pool while a deadline or a signal is watched. */
  stopWatching?: (() => void) | undefined
  /** Set by the pool while all connections are lent: the session in the caller's async context. */
  scope?: string | undefined
  /** Set by the pool while all connections are lent: whose work awaits this. */
  frames?: HoldingFrames | undefined
  /** Set by the pool where it may be needed: where in the program the connection was asked for. */
  caller?: CallSite | undefined
}
