import { DatabaseError, type DatabaseErrorInit } from './database-error.js'
import type { ErrorCode } from './error-codes.js'

/** The program asks for something that can't be done: fix the code; trying again does not help. */
export class UsageError extends DatabaseError {
  static override readonly code: ErrorCode = 'USAGE_ERROR'
  static override readonly name: string = 'UsageError'
}

/** An option, a connection URL, an environment variable or a name is missing, misspelt or out of range. */
export class ConfigurationError extends UsageError {
  static override readonly code: ErrorCode = 'CONFIGURATION'
  static override readonly name: string = 'ConfigurationError'
}

/** What a {@link SessionStateError} adds. */
export interface SessionStateErrorInit extends DatabaseErrorInit {
  /** The state the session was in. */
  readonly state: string
  /** The operation that this state refuses. */
  readonly attempted: string
}

/** The session's state refuses the operation, such as `begin()` inside a transaction. Nothing was sent. */
export class SessionStateError extends UsageError {
  static override readonly code: ErrorCode = 'SESSION_STATE'
  static override readonly name: string = 'SessionStateError'

  /** The state the session was in. */
  readonly state: string
  /** The operation that this state refuses. */
  readonly attempted: string

  constructor(init: SessionStateErrorInit) {
    super(init)
    this.state = init.state
    this.attempted = init.attempted
  }
}

/** The session, or the transaction or lease it lent out, has ended. Nothing was sent. */
export class SessionClosedError extends SessionStateError {
  static override readonly code: ErrorCode = 'SESSION_CLOSED'
  static override readonly name: string = 'SessionClosedError'
}

/**
 * Another statement of the same transaction failed before this one could run; `cause` is that first failure.
 *
 * Asked for after the failure, the statement was not sent: PostgreSQL would only have answered 25P02 and hidden the
 * reason. Asked for together with the one that failed, it was skipped by the server. It never ran.
 */
export class PendingRollbackError extends SessionStateError {
  static override readonly code: ErrorCode = 'PENDING_ROLLBACK'
  static override readonly name: string = 'PendingRollbackError'

  /** As retryable as the failure that it stands for: a swallowed 40001 does not make the transaction less worth repeating. */
  override get isRetryable(): boolean {
    return DatabaseError.is(this.cause) && this.cause.isRetryable
  }
}

/** `current()` was called where no session is in scope. */
export class NoActiveSessionError extends UsageError {
  static override readonly code: ErrorCode = 'NO_ACTIVE_SESSION'
  static override readonly name: string = 'NoActiveSessionError'
}

/** Strict mode: a query on the database itself would have run beside the open transaction of the session in scope. */
export class ForeignQueryError extends UsageError {
  static override readonly code: ErrorCode = 'FOREIGN_QUERY'
  static override readonly name: string = 'ForeignQueryError'
}

/** A session sent too many statements of one shape from one place, and `onNPlusOne` is `'throw'`. This one was not sent. */
export class NPlusOneError extends UsageError {
  static override readonly code: ErrorCode = 'N_PLUS_ONE'
  static override readonly name: string = 'NPlusOneError'
}

/** A property was read whose value was not loaded, or was expired. Nothing is fetched by reading a property. */
export class LazyLoadError extends UsageError {
  static override readonly code: ErrorCode = 'LAZY_LOAD'
  static override readonly name: string = 'LazyLoadError'
}
