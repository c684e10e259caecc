import type { DatabaseError } from '../errors/database-error.js'
import type { Lease } from './lease.js'

/**
 * Someone in line for a connection. Exactly one of the two callbacks is called, once, never synchronously, unless
 * the waiter is withdrawn first.
 *
 * @internal
 */
export interface Waiter {
  readonly sessionId: string | undefined
  onLease(lease: Lease): void
  onError(error: DatabaseError): void
  /** Set by the pool while a deadline or a signal is watched. */
  stopWatching?: (() => void) | undefined
}
