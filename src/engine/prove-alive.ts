import type { DatabaseError } from '../errors/database-error.js'
import type { Connection } from '../postgres/connection.js'
import { askConnection } from './ask-connection.js'

/**
 * Asks a connection whether it is alive: one Sync, which the server answers at once. A connection that does not
 * answer in time is destroyed.
 *
 * @param millis - How long it may take, in milliseconds.
 * @param onDone - Called once, with the reason if it is not alive.
 * @internal
 */
export function proveAlive(
  connection: Connection,
  millis: number,
  onDone: (error: DatabaseError | undefined) => void,
): void {
  const silence = `A connection that lay idle did not answer within ${millis} ms`
  askConnection(connection, { statements: [], millis, silence }, onDone)
}
