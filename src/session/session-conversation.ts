import type { DatabaseError } from '../errors/database-error.js'
import type { OperationAbortedError } from '../errors/operational-error.js'
import type { SessionPlan } from './session-plan.js'
import type { SessionOperation, SessionVerdict } from './session-state.js'
import type { StatementRunner } from './statement-runner.js'
import type { TransactionEnd } from './transaction-end.js'

/**
 * What a session needs of its conversation with the server, with a transaction or without.
 *
 * @internal
 */
export interface SessionConversation extends StatementRunner {
  /** Where it was closed, outside production. */
  readonly whereClosed: string | undefined
  /** Begins the next transactions in another way. Precondition: idle. */
  use(plan: SessionPlan): void
  /** What the state table says about an operation; a refusal is thrown. */
  verdict(attempted: SessionOperation): Exclude<SessionVerdict, 'refuse'>
  savepoint(name: string): void
  releaseSavepoint(name: string): Promise<void>
  rollbackToSavepoint(name: string, keep?: boolean): Promise<void>
  commit(): Promise<void>
  rollback(): Promise<void>
  /** Ends it for good, at once. Precondition: it is idle. */
  shut(end: TransactionEnd): void
  /** Gives the number of changing statements that were rolled back by it. */
  close(end: TransactionEnd): Promise<number>
  abort(reason: OperationAbortedError, end: TransactionEnd): Promise<void>
  /** Gives up the connection, whatever it is doing. */
  invalidate(reason: DatabaseError): void
}
