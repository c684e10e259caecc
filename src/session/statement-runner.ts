import type { StatementResult } from '../postgres/statement-result.js'
import type { Statement } from '../postgres/statement.js'
import type { SessionState } from './session-state.js'

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
}
