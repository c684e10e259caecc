import type { OperationAbortedError } from '../errors/operational-error.js'
import type { StatementResult } from '../postgres/statement-result.js'
import type { Statement } from '../postgres/statement.js'
import type { SessionState } from './session-state.js'
import type { StopManner } from './stop-flight.js'

/**
 * Where statements go to be run, one after the other.
 *
 * @internal
 */
export interface StatementRunner {
  readonly state: SessionState
  /** Another number for each transaction. */
  readonly transaction: number
  execute(next: Statement): Promise<StatementResult>
  /**
   * Stops one of its statements, unless that has been answered: what has not left is taken out of the line; what has is
   * cancelled, and what left with it. Its execution fails, with the reason or with what the server says.
   *
   * @param manner - What becomes of the connection if it had left.
   */
  stop(next: Statement, reason: OperationAbortedError, manner: StopManner): Promise<void>
}
