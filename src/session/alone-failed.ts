import type { DatabaseError } from '../errors/database-error.js'
import type { StatementGroup } from '../postgres/statement-group.js'
import { mayWrite } from './may-write.js'
import { statementUnknown } from './session-errors.js'

/**
 * Why a statement that is its own transaction failed: where its answer was lost, it may have been applied (I-UNKNOWN).
 *
 * @internal
 */
export function aloneFailed(group: StatementGroup, text: string): DatabaseError {
  const error = group.error as DatabaseError
  return group.isLost && group.isSent && mayWrite(text) ? statementUnknown(error) : error
}
