import type { DatabaseError } from '../errors/database-error.js'
import type { Connection } from '../postgres/connection.js'
import type { LeftBehind } from './find-left-state.js'
import type { LeaseObserver } from './lease.js'
import type { Loan } from './loan-book.js'

/**
 * Told about the life of a pool's connections and loans.
 *
 * @internal
 */
export interface PoolListener {
  /** Told of statements; undefined while nobody listens. */
  readonly observer: LeaseObserver | undefined
  onOpened(connection: Connection, durationMillis: number): void
  onIdleLost(error: DatabaseError): void
  /** A session has left something that its statements had not told of. */
  onLeftBehind(connection: Connection, left: readonly LeftBehind[]): void
  onLent(loan: Loan, waitedMillis: number): void
  onReturned(loan: Loan, heldMillis: number, destroyedFor: DatabaseError | undefined): void
  onOverdue(loan: Loan): void
  onForgotten(loan: Loan): void
}
