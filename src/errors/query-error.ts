import { DatabaseError } from './database-error.js'
import type { ErrorCode } from './error-codes.js'
import { assignQueryErrorFields, type QueryErrorFields, type QueryErrorInit } from './query-error-fields.js'

/** The server refused a statement. Inside a transaction, only a rollback goes on from here. */
export class QueryError extends DatabaseError implements QueryErrorFields {
  static override readonly code: ErrorCode = 'QUERY_ERROR'
  static override readonly name: string = 'QueryError'

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
}

/** A value does not fit its type, its length or its range (class 22). */
export class DataError extends QueryError {
  static override readonly code: ErrorCode = 'DATA_ERROR'
  static override readonly name: string = 'DataError'
}

/** The SQL text is wrong, or names what does not exist (class 42 and its neighbours). */
export class ProgrammingError extends QueryError {
  static override readonly code: ErrorCode = 'PROGRAMMING_ERROR'
  static override readonly name: string = 'ProgrammingError'
}

/** The role may not do this (42501). */
export class InsufficientPrivilegeError extends QueryError {
  static override readonly code: ErrorCode = 'INSUFFICIENT_PRIVILEGE'
  static override readonly name: string = 'InsufficientPrivilegeError'
}

/** The server stopped the statement: a timeout, a cancel request or an operator (57014). */
export class QueryCanceledError extends QueryError {
  static override readonly code: ErrorCode = 'QUERY_CANCELED'
  static override readonly name: string = 'QueryCanceledError'
}

/** A lock was not free: NOWAIT, or `lock_timeout` passed (55P03). */
export class LockNotAvailableError extends QueryError {
  static override readonly code: ErrorCode = 'LOCK_NOT_AVAILABLE'
  static override readonly name: string = 'LockNotAvailableError'
}
