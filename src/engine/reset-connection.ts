import type { DatabaseError } from '../errors/database-error.js'
import type { Connection } from '../postgres/connection.js'
import { RESET_STATEMENTS } from '../postgres/left-state.js'
import { statement } from '../postgres/statement.js'
import { askConnection } from './ask-connection.js'

/** Longer than temporary tables of any sensible number take to be dropped. */
const RESET_MILLIS = 5_000

const QUESTION = {
  statements: RESET_STATEMENTS.map((text) => statement(text, [])),
  millis: RESET_MILLIS,
  silence: `A connection could not be reset within ${RESET_MILLIS} ms`,
} as const

/**
 * Takes away what a session has left on its connection, in one round trip. A connection that does not answer in time
 * is destroyed.
 *
 * @param onDone - Called once, with the reason if the connection is not clean now.
 * @internal
 */
export function resetConnection(
  connection: Connection,
  onDone: (error: DatabaseError | undefined) => void,
): void {
  askConnection(connection, QUESTION, (error) => {
    if (error === undefined) connection.leftState = 'none'
    onDone(error)
  })
}
