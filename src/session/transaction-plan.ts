import type { Statement } from '../postgres/statement.js'

/**
 * How a conversation begins its transactions.
 *
 * @internal
 */
export interface TransactionPlan {
  /** Keeps prepared statements of one search path apart from those of another: their columns may differ. */
  readonly scope: string
  /** Its transactions were asked to be read-only, so that a refused write says nothing of the server. */
  readonly isReadOnly: boolean
  /** Another transaction may meet another server process, and others this one: nothing may outlive a transaction. */
  readonly isPooled: boolean
  /** What the server gives each statement, in milliseconds; 0 is no limit. */
  readonly statementTimeoutMillis: number
  /**
   * What leaves in front of the first statement.
   *
   * @param remainingMillis - What is left of the session's deadline: the server need not work longer than that.
   */
  begin(remainingMillis: number): readonly Statement[]
}
