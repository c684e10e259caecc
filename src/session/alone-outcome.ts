import type { DatabaseError } from '../errors/database-error.js'
import type { StatementGroup } from '../postgres/statement-group.js'
import type { StatementResult } from '../postgres/statement-result.js'
import { mayWrite } from './may-write.js'
import { saysCommitted } from './says-committed.js'
import { rolledBack, statementUnknown } from './session-errors.js'

/**
 * What became of a statement that is its own transaction. Where its answer was lost, it may have been applied
 * (I-UNKNOWN); and the answer to the COMMIT behind it is ROLLBACK for a transaction that had failed (F2, I-ACK).
 *
 * @param index - Where in its group it is: alone, or second to last, before its COMMIT.
 * @internal
 */
export function aloneOutcome(
  group: StatementGroup,
  index: number,
  text: string,
): StatementResult | DatabaseError {
  const { error, outcomes, isLost, isSent } = group
  const outcome = outcomes[index]
  if (error === undefined && outcome !== undefined)
    return isCommitted(group, index) ? outcome : rolledBack(undefined)
  const failure = error as DatabaseError
  return isLost && isSent && mayWrite(text) ? statementUnknown(failure) : failure
}

function isCommitted({ statements, outcomes }: StatementGroup, index: number): boolean {
  return index === statements.length - 1 || saysCommitted(outcomes.at(-1))
}
