import type { DatabaseErrorInit } from './database-error.js'

/** What PostgreSQL says about the place of a failure. Names and positions only, but for `detail`. */
export interface QueryErrorFields {
  /** ERROR, FATAL or PANIC, in the server's language. */
  readonly severity: string
  /**
   * The server's detail. It may hold row values, so it is not enumerable: loggers, `JSON.stringify` and
   * `util.inspect` leave it out, and it is in no message (S7, S8).
   */
  readonly detail?: string | undefined
  /** The schema concerned. */
  readonly schema?: string | undefined
  /** The table concerned. */
  readonly table?: string | undefined
  /** The column concerned. */
  readonly column?: string | undefined
  /** The constraint concerned. */
  readonly constraint?: string | undefined
  /** Where in the statement, as a character counted from 1. */
  readonly position?: number | undefined
}

/** What an error that the server reported for a statement is built from. */
export interface QueryErrorInit extends DatabaseErrorInit, QueryErrorFields {
  /** The five characters PostgreSQL classifies its errors by. */
  readonly sqlState: string
}

const ENUMERABLE = ['severity', 'schema', 'table', 'column', 'constraint', 'position'] as const

/**
 * Copies the server's fields onto an error.
 *
 * Shared by two branches of the tree: a serialization failure is a {@link TransactionError} and has these fields too.
 *
 * @param error - The error under construction.
 * @param fields - What the server said; undefined fields are left out, to keep the error short when printed.
 */
export function assignQueryErrorFields(error: QueryErrorFields, fields: QueryErrorFields): void {
  for (const key of ENUMERABLE) {
    if (fields[key] !== undefined) Object.assign(error, { [key]: fields[key] })
  }
  Object.defineProperty(error, 'detail', { value: fields.detail, enumerable: false })
}
