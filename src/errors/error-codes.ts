/**
 * Every stable error code of the package, in the order of `docs/reference/errors.md`.
 *
 * A code belongs to exactly one class, is printed in that class's messages and is the anchor of its section on
 * the reference page. Codes are only ever added: programs compare against them.
 *
 * @example
 * ```ts
 * import { ERROR_CODES } from 'async-database'
 *
 * const known: readonly string[] = ERROR_CODES
 * known.includes('SESSION_CLOSED') // true
 * ```
 */
export const ERROR_CODES = [
  'DATABASE_ERROR',
  'INTERNAL_ERROR',
  'USAGE_ERROR',
  'CONFIGURATION',
  'SESSION_STATE',
  'SESSION_CLOSED',
  'PENDING_ROLLBACK',
  'NO_ACTIVE_SESSION',
  'FOREIGN_QUERY',
  'N_PLUS_ONE',
  'LAZY_LOAD',
  'REFLECTION_FAILED',
  'OPERATIONAL_ERROR',
  'CONNECTION_FAILED',
  'DISCONNECTED',
  'POOL_TIMEOUT',
  'POOL_EXHAUSTED',
  'POOL_DEADLOCK',
  'POOL_CLOSED',
  'PROTOCOL_ERROR',
  'OPERATION_ABORTED',
  'INITIALIZATION_FAILED',
  'QUERY_ERROR',
  'DATA_ERROR',
  'PROGRAMMING_ERROR',
  'INSUFFICIENT_PRIVILEGE',
  'QUERY_CANCELED',
  'LOCK_NOT_AVAILABLE',
  'INTEGRITY_ERROR',
  'UNIQUE_VIOLATION',
  'FOREIGN_KEY_VIOLATION',
  'NOT_NULL_VIOLATION',
  'CHECK_VIOLATION',
  'EXCLUSION_VIOLATION',
  'TRANSACTION_ERROR',
  'SERIALIZATION_FAILURE',
  'DEADLOCK_DETECTED',
  'COMMIT_ROLLED_BACK',
  'COMMIT_UNKNOWN',
  'UNEXPECTED_ROLLBACK',
  'STALE_DATA',
  'RESULT_ERROR',
  'NO_RESULT_FOUND',
  'MULTIPLE_RESULTS_FOUND',
] as const

/** One of {@link ERROR_CODES}. */
export type ErrorCode = (typeof ERROR_CODES)[number]
