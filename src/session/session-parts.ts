import type { DatabaseConnection } from 'kysely'
import { Deadline } from '../foundation/deadline.js'
import type { CursorReader } from '../unit-of-work/query-reader.js'
import { suggestedLoads } from '../unit-of-work/suggested-loads.js'
import { AutocommitConnection } from './autocommit-connection.js'
import { AutocommitConversation } from './autocommit-conversation.js'
import { AutoflushRunner } from './autoflush-runner.js'
import { Conversation } from './conversation.js'
import { LazyObjects } from './lazy-objects.js'
import { NestedTransactions } from './nested-transactions.js'
import { NPlusOneDetector } from './n-plus-one-detector.js'
import { readCursor } from './read-cursor.js'
import type { SavepointScope } from './savepoint-stack.js'
import type { ScopeListener } from './scope-listener.js'
import type { SessionContext } from './session-context.js'
import { SessionConnection } from './session-connection.js'
import type { SessionConversation } from './session-conversation.js'
import type { StatementRunner } from './statement-runner.js'
import { TransactionHooks } from './transaction-hooks.js'
import { WatchedRunner } from './watched-runner.js'

/**
 * What a session is made of, wired to each other: the conversation, the transactions nested in it, the hooks at its
 * end, and its objects. Making it does no I/O.
 *
 * @internal
 */
export class SessionParts implements ScopeListener {
  readonly id: string
  readonly deadline: Deadline
  /** Every statement is its own transaction. */
  readonly isAutocommit: boolean
  readonly conversation: SessionConversation
  readonly hooks: TransactionHooks
  readonly nested: NestedTransactions
  readonly objects: LazyObjects
  /** Where statements go. */
  readonly runner: StatementRunner
  readonly #context: SessionContext

  /** @param session - What hooks of objects are called with. */
  constructor(context: SessionContext, id: string, session: unknown) {
    const { engine, plan, mapper, suspended } = context
    const { deadlineMillis = Number.POSITIVE_INFINITY, signal } = plan.options
    this.id = id
    this.#context = context
    this.isAutocommit = plan.isAutocommit
    this.deadline = plan.hasDeadline ? Deadline.after(deadlineMillis, signal) : Deadline.never
    const who = { sessionId: id, suspended }
    this.conversation = plan.isAutocommit
      ? new AutocommitConversation(who, engine, plan, this.deadline)
      : new Conversation(who, engine, plan, this.deadline)
    this.hooks = new TransactionHooks(engine.logger, id)
    this.nested = new NestedTransactions(this.conversation, this)
    const watched = this.#watched(this.nested, context)
    const { stack } = this.nested
    this.objects = new LazyObjects({ mapper, runner: watched, stack, session, plan: plan.objects })
    this.runner = plan.objects.autoflush ? new AutoflushRunner(watched, this.objects) : watched
  }

  /** The session as a connection of Kysely's. */
  connection(): DatabaseConnection {
    const { engine, plan } = this.#context
    return this.isAutocommit
      ? new AutocommitConnection(this.nested, engine, plan, this.deadline)
      : new SessionConnection(this.runner)
  }

  /** Reads queries for objects piece by piece. */
  get cursor(): CursorReader {
    const { nested } = this
    return {
      runner: nested,
      read: async function* (query, chunkSize) {
        for await (const { rows } of readCursor<unknown[]>(nested, query, chunkSize)) yield rows
      },
    }
  }

  onOpened(scope: SavepointScope): void {
    this.objects.onOpened(scope)
  }

  async beforeRelease(): Promise<void> {
    await this.objects.flush()
  }

  onReleased(scope: SavepointScope): void {
    this.objects.onReleased(scope)
  }

  onUndone(scope: SavepointScope): void {
    this.objects.onUndone(scope)
    this.hooks.drop(scope)
  }

  /** Statements pass the detector of N+1 only where it is on. */
  #watched(runner: StatementRunner, { engine, plan, mapper }: SessionContext): StatementRunner {
    const { nPlusOneThreshold, onNPlusOne } = plan.nPlusOne
    if (nPlusOneThreshold === 0) return runner
    const detector = new NPlusOneDetector(nPlusOneThreshold, (text) => suggestedLoads(mapper(), text))
    const { isAutocommit, id: sessionId } = this
    return new WatchedRunner({ runner, detector, onNPlusOne, isAutocommit, logger: engine.logger, sessionId })
  }
}
