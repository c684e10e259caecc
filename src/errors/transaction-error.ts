import { DatabaseError, type DatabaseErrorInit } from './database-error.js'
import type { ErrorCode } from './error-codes.js'
import { assignQueryErrorFields, type QueryErrorFields, type QueryErrorInit } from './query-error-fields.js'

/** The transaction as a whole did not end as asked. */
export class TransactionError extends DatabaseError {
  static override readonly code: ErrorCode = 'TRANSACTION_ERROR'
  static override readonly name: string = 'TransactionError'
}

/** The server rolled the transaction back in favour of another one: run the whole of it again. Not exported. */
abstract class ConcurrencyError extends TransactionError implements QueryErrorFields {
  /** The five characters PostgreSQL classifies its errors by. */
  declare readonly sqlState: string
  /** ERROR, FATAL or PANIC, in the server's language. */
  declare readonly severity: string
  /** The server's detail. Not enumerable, because it may hold row values. */
  declare readonly detail?: string | undefined
  /** The schema concerned. */
  declare readonly schema?: string | undefined
  /** The table concerned. */
  declare readonly table?: string | undefined
  /** The column concerned. */
  declare readonly column?: string | undefined
  /** The constraint concerned. */
  declare readonly constraint?: string | undefined
  /** Where in the statement, as a character counted from 1. */
  declare readonly position?: number | undefined

  constructor(init: QueryErrorInit) {
    super(init)
    assignQueryErrorFields(this, init)
  }

  /** True: nothing was applied, and the other transaction will have moved on. */
  override get isRetryable(): boolean {
    return true
  }
}

/** No serial order of the concurrent transactions exists (40001). Retryable. */
export class SerializationFailureError extends ConcurrencyError {
  static override readonly code: ErrorCode = 'SERIALIZATION_FAILURE'
  static override readonly name: string = 'SerializationFailureError'
}

/** Transactions waited for each other in a circle, and this one was chosen to give way (40P01). Retryable. */
export class DeadlockDetectedError extends ConcurrencyError {
  static override readonly code: ErrorCode = 'DEADLOCK_DETECTED'
  static override readonly name: string = 'DeadlockDetectedError'
}

/** A transaction that could only roll back; as retryable as the failure in `cause`. Not exported. */
abstract class RolledBackError extends TransactionError {
  /** As retryable as the failure in `cause`. */
  override get isRetryable(): boolean {
    return DatabaseError.is(this.cause) && this.cause.isRetryable
  }
}

/** COMMIT was answered with ROLLBACK, because an earlier statement had failed; `cause` is that failure. Nothing was applied. */
export class CommitRolledBackError extends RolledBackError {
  static override readonly code: ErrorCode = 'COMMIT_ROLLED_BACK'
  static override readonly name: string = 'CommitRolledBackError'
}

/** An inner `transactional` failed and its caller swallowed the error, so the outer commit became a rollback; `cause` is the inner failure. */
export class UnexpectedRollbackError extends RolledBackError {
  static override readonly code: ErrorCode = 'UNEXPECTED_ROLLBACK'
  static override readonly name: string = 'UnexpectedRollbackError'
}

/** What became of a transaction whose COMMIT was not answered. */
export type CommitOutcome = 'committed' | 'aborted' | 'unknown'

/** What a {@link CommitUnknownError} adds. */
export interface CommitUnknownErrorInit extends DatabaseErrorInit {
  /** What another connection could find out. */
  readonly outcome: CommitOutcome
  /** The transaction's id, for `pg_xact_status`, if it had one. */
  readonly xid?: string | undefined
}

/** COMMIT was sent and its answer was lost. Look before doing it again: it may have been applied. */
export class CommitUnknownError extends TransactionError {
  static override readonly code: ErrorCode = 'COMMIT_UNKNOWN'
  static override readonly name: string = 'CommitUnknownError'

  /** What another connection could find out: only `'aborted'` proves that nothing was applied. */
  readonly outcome: CommitOutcome
  /** The transaction's id, for `pg_xact_status`, if it had one. */
  readonly xid: string | undefined

  constructor(init: CommitUnknownErrorInit) {
    super(init)
    this.outcome = init.outcome
    this.xid = init.xid
  }

  /** True only when the server confirmed that nothing was applied. */
  override get isRetryable(): boolean {
    return this.outcome === 'aborted'
  }
}

/** What a {@link StaleDataError} adds. */
export interface StaleDataErrorInit extends DatabaseErrorInit {
  /** The table, by its key in the metadata. */
  readonly table: string
  /** The objects whose rows were not as expected. */
  readonly objects: readonly object[]
  /** Their primary keys, by column. */
  readonly keys: readonly Readonly<Record<string, unknown>>[]
}

/** A flush met rows that are no longer as they were read: changed or deleted by somebody else. Retryable: read them anew. */
export class StaleDataError extends TransactionError {
  static override readonly code: ErrorCode = 'STALE_DATA'
  static override readonly name: string = 'StaleDataError'

  /** The table, by its key in the metadata. */
  readonly table: string
  /** The objects whose rows were not as expected. Not enumerable, because they hold row values. */
  declare readonly objects: readonly object[]
  /** The primary keys of those that lost, by column; empty where rows were not stored. Not enumerable either. */
  declare readonly keys: readonly Readonly<Record<string, unknown>>[]

  constructor(init: StaleDataErrorInit) {
    super(init)
    this.table = init.table
    Object.defineProperty(this, 'objects', { value: init.objects })
    Object.defineProperty(this, 'keys', { value: init.keys })
  }

  /** True: whoever runs the whole transaction again reads the rows as they are now. */
  override get isRetryable(): boolean {
    return true
  }
}
