import type { StatementGroup } from '../postgres/statement-group.js'
import { rolledBack } from './session-errors.js'

/**
 * Reads the answer to COMMIT. PostgreSQL answers COMMIT in a failed transaction with the tag ROLLBACK and no error
 * (F2, E7, I-ACK), and a deferred constraint or a serialization failure with an error of its own.
 *
 * @throws the server's error, or {@link CommitRolledBackError}.
 * @internal
 */
export function assertCommitted({ error, outcomes: [outcome] }: StatementGroup): void {
  if (error !== undefined) throw error
  if (outcome === undefined || !('command' in outcome) || outcome.command !== 'COMMIT')
    throw rolledBack(undefined)
}
