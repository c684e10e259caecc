import type { StatementGroup } from '../postgres/statement-group.js'

/**
 * Whether an answer to COMMIT says that the transaction was stored: for one that had failed it is ROLLBACK, and no error
 * (F2, E7, I-ACK).
 *
 * @internal
 */
export function saysCommitted(outcome: StatementGroup['outcomes'][number] | undefined): boolean {
  return outcome !== undefined && 'command' in outcome && outcome.command === 'COMMIT'
}
