import type { DatabaseError } from '../errors/database-error.js'
import { DisconnectedError } from '../errors/operational-error.js'
import { neutralScope } from '../foundation/neutral-scope.js'
import type { Connection } from '../postgres/connection.js'
import { StatementGroup } from '../postgres/statement-group.js'
import type { Statement } from '../postgres/statement.js'

/** What the pool itself asks of a connection that is not lent. */
export interface PoolQuestion {
  /** One round trip; without statements it is a Sync, which the server answers at once. */
  readonly statements: readonly Statement[]
  /** A connection that does not answer within so many milliseconds is destroyed. */
  readonly millis: number
  /** Says so. */
  readonly silence: string
}

/**
 * Asks something of a connection that nobody has.
 *
 * @param onDone - Called once, with the reason if the connection is of no use now, and the answers.
 * @internal
 */
export function askConnection(
  connection: Connection,
  { statements, millis, silence }: PoolQuestion,
  onDone: (error: DatabaseError | undefined, group: StatementGroup) => void,
): void {
  const timer = neutralScope.runInAsyncScope(() =>
    setTimeout(() => {
      connection.destroy(new DisconnectedError({ message: silence }))
    }, millis),
  )
  const group = new StatementGroup(statements, () => {
    clearTimeout(timer)
    onDone(connection.lostTo ?? group.error, group)
  })
  connection.send(group)
}
