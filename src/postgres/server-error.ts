import type { DatabaseError } from '../errors/database-error.js'
import { DisconnectedError, OperationalError, ProtocolError } from '../errors/operational-error.js'
import { errorFromServer } from '../errors/sql-state.js'

/** An ErrorResponse as pg-protocol gives it; a plain Error when `pg` itself reports a lost connection. */
export interface ServerMessage extends Error {
  readonly code?: string | undefined
  readonly severity?: string | undefined
  readonly detail?: string | undefined
  readonly hint?: string | undefined
  readonly schema?: string | undefined
  readonly table?: string | undefined
  readonly column?: string | undefined
  readonly constraint?: string | undefined
  readonly position?: string | undefined
  readonly where?: string | undefined
}

/**
 * Turns what `pg` reports into an error of this library; the original stays its cause. No I/O.
 *
 * @internal
 */
export function serverError(message: ServerMessage): DatabaseError {
  const { code, severity } = message
  if (code === undefined || severity === undefined) {
    // pg-protocol's own words for a message type that it does not know.
    const isForeign = message.message.startsWith('received invalid response')
    return isForeign ? notPostgres(message) : disconnectedError(message)
  }
  return errorFromServer(
    {
      code,
      severity,
      message: message.message,
      detail: message.detail,
      hint: message.hint,
      schema: message.schema,
      table: message.table,
      column: message.column,
      constraint: message.constraint,
      position: message.position,
      where: message.where,
    },
    message,
  )
}

/** The connection went away: reset, closed by the server, or terminated. */
export function disconnectedError(cause: unknown): DatabaseError {
  return new DisconnectedError({
    message: 'The connection to PostgreSQL was lost',
    hint: 'The transaction it carried was rolled back by the server unless its COMMIT was already sent.',
    cause,
  })
}

/** The connection went away, perhaps with a last word of the server: that tells more. */
export function lostError(cause: unknown): DatabaseError {
  const lastWord = cause instanceof Error ? serverError(cause) : undefined
  return OperationalError.is(lastWord) ? lastWord : disconnectedError(cause)
}

/** What came is no message of the protocol. */
function notPostgres(cause: unknown): DatabaseError {
  return new ProtocolError({
    message:
      'The server sent a message of a type that PostgreSQL does not have; the connection was destroyed',
    hint: 'Check that host and port lead to PostgreSQL, and what stands in between.',
    cause,
  })
}

/** A value came that its type's parser could not read. */
export function unreadableRow(cause: unknown): DatabaseError {
  return new ProtocolError({
    message: 'A row of the result could not be read: a type parser failed on one of its values',
    hint: 'The statement did run. Cast the column to text to see what it holds.',
    cause,
  })
}
