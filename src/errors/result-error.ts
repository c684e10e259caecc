import { DatabaseError } from './database-error.js'
import type { ErrorCode } from './error-codes.js'

/** The statement succeeded, but its rows are not what the caller asked for. */
export class ResultError extends DatabaseError {
  static override readonly code: ErrorCode = 'RESULT_ERROR'
  static override readonly name: string = 'ResultError'
}

/** A row was required and none came. */
export class NoResultFoundError extends ResultError {
  static override readonly code: ErrorCode = 'NO_RESULT_FOUND'
  static override readonly name: string = 'NoResultFoundError'
}

/** One row at most was required and more came. */
export class MultipleResultsFoundError extends ResultError {
  static override readonly code: ErrorCode = 'MULTIPLE_RESULTS_FOUND'
  static override readonly name: string = 'MultipleResultsFoundError'
}
