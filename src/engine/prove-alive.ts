import type { DatabaseError } from '../errors/database-error.js'
import type { Connection } from '../postgres/connection.js'
import { askConnection } from './ask-connection.js'

/** How long a server may take to answer a question that costs it nothing. */
const ANSWER_MILLIS = 500

const QUESTION = {
  statements: [],
  millis: ANSWER_MILLIS,
  silence: `A connection that lay idle did not answer within ${ANSWER_MILLIS} ms`,
} as const

/**
 * Asks a connection whether it is alive: one Sync, which the server answers at once. A connection that does not
 * answer in time is destroyed.
 *
 * @param onDone - Called once, with the reason if it is not alive.
 * @internal
 */
export function proveAlive(connection: Connection, onDone: (error: DatabaseError | undefined) => void): void {
  askConnection(connection, QUESTION, onDone)
}
