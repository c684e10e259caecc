import type { DatabaseError } from '../errors/database-error.js'
import { DisconnectedError } from '../errors/operational-error.js'
import type { Connection } from '../postgres/connection.js'
import { StatementGroup } from '../postgres/statement-group.js'

/** How long a server may take to answer a question that costs it nothing. */
const ANSWER_MILLIS = 500

/**
 * Asks a connection whether it is alive: one Sync, which the server answers at once. A connection that does not
 * answer in time is destroyed.
 *
 * @param onDone - Called once, with the reason if it is not alive.
 * @internal
 */
export function proveAlive(connection: Connection, onDone: (error: DatabaseError | undefined) => void): void {
  const timer = setTimeout(() => {
    connection.destroy(
      new DisconnectedError({
        message: `A connection that lay idle did not answer within ${ANSWER_MILLIS} ms`,
      }),
    )
  }, ANSWER_MILLIS)
  const group = new StatementGroup([], () => {
    clearTimeout(timer)
    onDone(connection.isClean ? undefined : (connection.lostTo ?? group.error))
  })
  connection.send(group)
}
