import type { DatabaseError } from '../errors/database-error.js'
import { DisconnectedError } from '../errors/operational-error.js'
import type { Connection } from '../postgres/connection.js'
import { RESET_STATEMENTS } from '../postgres/left-state.js'
import { StatementGroup } from '../postgres/statement-group.js'
import { statement } from '../postgres/statement.js'

/** Longer than temporary tables of any sensible number take to be dropped. */
const RESET_MILLIS = 5_000

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
  const timer = setTimeout(() => {
    connection.destroy(
      new DisconnectedError({ message: `A connection could not be reset within ${RESET_MILLIS} ms` }),
    )
  }, RESET_MILLIS)
  const statements = RESET_STATEMENTS.map((text) => statement(text, []))
  const group = new StatementGroup(statements, () => {
    clearTimeout(timer)
    const error = group.error ?? connection.lostTo
    if (error === undefined) connection.leftState = 'none'
    onDone(error)
  })
  connection.send(group)
}
