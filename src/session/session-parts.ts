import type {
  ConnectionProvider,
  DatabaseConnection,
  DialectAdapter,
  KyselyProps,
  QueryCompiler,
} from 'kysely'
import type { Engine } from '../engine/engine.js'
import { kyselyAdapter } from '../engine/kysely-dialect.js'
import { Deadline } from '../foundation/deadline.js'
import type { Mapper } from '../unit-of-work/mapper.js'
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
import { SavepointStack, type SavepointScope } from './savepoint-stack.js'
import type { ScopeListener } from './scope-listener.js'
import { SessionConnection } from './session-connection.js'
import type { SessionConversation } from './session-conversation.js'
import { SessionDriver, type SessionDriverParts } from './session-driver.js'
import { SessionExecutor, type SessionExecutorParts } from './session-executor.js'
import type { QuerySetup } from './query-setup.js'
import type { StatementRunner } from './statement-runner.js'
import type { SessionPlan } from './session-plan.js'
import { TransactionHooks } from './transaction-hooks.js'
import { WatchedRunner } from './watched-runner.js'

let lastSession = 0

/** What a session is opened with. */
export interface SessionContext {
  readonly engine: Engine
  readonly plan: SessionPlan
  readonly mapper: () => Mapper
  readonly queries: QuerySetup
  /** The id of the session that is suspended until this one is closed. */
  readonly suspended?: string | undefined
}

/**
 * What a session is made of, wired to each other: the conversation, the transactions nested in it, the hooks at its
 * end, and the executor and driver through which Kysely reaches them. Making it does no I/O.
 *
 * @internal
 */
export class SessionParts implements SessionExecutorParts, SessionDriverParts, ScopeListener {
  readonly id = `session-${++lastSession}`
  readonly deadline: Deadline
  /** Every statement is its own transaction. */
  readonly isAutocommit: boolean
  readonly conversation: SessionConversation
  readonly hooks: TransactionHooks
  readonly nested: NestedTransactions
  readonly objects: LazyObjects
  readonly queries: QuerySetup
  /** Where statements go. */
  readonly runner: StatementRunner
  readonly executor: SessionExecutor
  readonly kysely: KyselyProps
  readonly close: () => Promise<void>
  readonly #context: SessionContext

  constructor(context: SessionContext, close: () => Promise<void>) {
    const { engine, plan, mapper, queries, suspended } = context
    const { deadlineMillis = Number.POSITIVE_INFINITY, signal } = plan.options
    this.#context = context
    this.close = close
    this.isAutocommit = plan.isAutocommit
    this.deadline =
      deadlineMillis === Number.POSITIVE_INFINITY && signal === undefined
        ? Deadline.never
        : Deadline.after(deadlineMillis, signal)
    const who = { sessionId: this.id, suspended }
    this.conversation = plan.isAutocommit
      ? new AutocommitConversation(who, engine, plan, this.deadline)
      : new Conversation(who, engine, plan, this.deadline)
    this.hooks = new TransactionHooks(engine.logger, this.id)
    this.nested = new NestedTransactions(this.conversation, this)
    const watched = this.#watched(this.nested, context)
    this.objects = new LazyObjects(mapper, watched, this.nested.stack, plan.objects)
    this.runner = plan.objects.autoflush ? new AutoflushRunner(watched, this.objects) : watched
    this.queries = queries
    this.executor = new SessionExecutor(this, queries.plugins)
    const { config, dialect } = queries
    this.kysely = { config, dialect, driver: new SessionDriver(this), executor: this.executor }
  }

  get adapter(): DialectAdapter {
    return kyselyAdapter
  }

  get compiler(): QueryCompiler {
    return this.queries.compiler
  }

  get connectionProvider(): ConnectionProvider {
    return this
  }

  /** Whatever Kysely derives from the session (withSchema, withPlugin …) begins its transactions through here. */
  provideConnection<T>(consumer: (connection: DatabaseConnection) => Promise<T>): Promise<T> {
    return SavepointStack.run(this.nested.stack.scope('kysely'), () => consumer(this.connection()))
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
