import type { ErrorCode } from './error-codes.js'
import { keyColumns } from './key-columns.js'
import type { QueryErrorInit } from './query-error-fields.js'
import { QueryError } from './query-error.js'

/** A constraint refused the row (class 23); `constraint` names it. */
export class IntegrityError extends QueryError {
  static override readonly code: ErrorCode = 'INTEGRITY_ERROR'
  static override readonly name: string = 'IntegrityError'
}

/**
 * A row with the same key exists (23505).
 *
 * @example
 * ```ts
 * import { UniqueViolationError } from 'async-database'
 *
 * export function toStatus(error: unknown): number {
 *   return UniqueViolationError.is(error) && error.columns.includes('email') ? 409 : 500
 * }
 * ```
 */
export class UniqueViolationError extends IntegrityError {
  static override readonly code: ErrorCode = 'UNIQUE_VIOLATION'
  static override readonly name: string = 'UniqueViolationError'

  /** The key's columns in order, expressions as SQL text; empty if the role may not read them. */
  readonly columns: readonly string[]

  constructor(init: QueryErrorInit) {
    super(init)
    this.columns = Object.freeze(keyColumns(init.detail))
  }
}

/** The referenced row is missing, or the row is still referenced (23503, and 23001 for RESTRICT from PostgreSQL 18). */
export class ForeignKeyViolationError extends IntegrityError {
  static override readonly code: ErrorCode = 'FOREIGN_KEY_VIOLATION'
  static override readonly name: string = 'ForeignKeyViolationError'
}

/** A column that needs a value was given none (23502); `column` names it. */
export class NotNullViolationError extends IntegrityError {
  static override readonly code: ErrorCode = 'NOT_NULL_VIOLATION'
  static override readonly name: string = 'NotNullViolationError'
}

/** A CHECK constraint is not met (23514). */
export class CheckViolationError extends IntegrityError {
  static override readonly code: ErrorCode = 'CHECK_VIOLATION'
  static override readonly name: string = 'CheckViolationError'
}

/** A row that excludes this one exists, such as an overlapping booking (23P01). */
export class ExclusionViolationError extends IntegrityError {
  static override readonly code: ErrorCode = 'EXCLUSION_VIOLATION'
  static override readonly name: string = 'ExclusionViolationError'
}
