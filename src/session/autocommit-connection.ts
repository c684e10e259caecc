import type { CompiledQuery, QueryResult } from 'kysely'
import type { Deadline } from '../foundation/deadline.js'
import type { ConnectionSupply } from './connection-supply.js'
import { Conversation } from './conversation.js'
import { SessionConnection } from './session-connection.js'
import type { SessionPlan } from './session-plan.js'
import type { StatementRunner } from './statement-runner.js'
import { TransactionEnd } from './transaction-end.js'

/**
 * An autocommit session as Kysely's builders see a connection. A stream has a transaction of its own, on a connection
 * of its own, for a cursor lives in one.
 *
 * @internal
 */
export class AutocommitConnection extends SessionConnection {
  readonly #supply: ConnectionSupply
  readonly #plan: SessionPlan
  readonly #deadline: Deadline

  constructor(runner: StatementRunner, supply: ConnectionSupply, plan: SessionPlan, deadline: Deadline) {
    super(runner)
    this.#supply = supply
    this.#plan = plan
    this.#deadline = deadline
  }

  override async *streamQuery<R>(
    query: CompiledQuery,
    chunkSize: number,
  ): AsyncGenerator<QueryResult<R>, void, void> {
    const who = { sessionId: undefined }
    const conversation = new Conversation(who, this.#supply, this.#plan.withTransactions, this.#deadline)
    try {
      yield* new SessionConnection(conversation).streamQuery<R>(query, chunkSize)
      await conversation.commit()
    } finally {
      await conversation.close(new TransactionEnd('closed'))
    }
  }
}
