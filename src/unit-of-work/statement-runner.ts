import type { StatementResult } from '../postgres/statement-result.js'
import type { Statement } from '../postgres/statement.js'

/**
 * What the unit of work needs of a session: a line that its statements run in, inside the session's transaction.
 *
 * Statements that are started in one tick may leave in one round trip; they run in the order in which they were
 * started, and after a failure none behind it runs.
 *
 * @internal
 */
export interface StatementRunner {
  execute(statement: Statement): Promise<StatementResult>
}
