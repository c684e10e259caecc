import type { DatabaseConnection, KyselyProps } from 'kysely'
import type { Engine } from '../engine/engine.js'
import { KyselyDialect } from '../engine/kysely-dialect.js'
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
import { SavepointStack } from './savepoint-stack.js'
import { SessionConnection } from './session-connection.js'
import type { SessionConversation } from './session-conversation.js'
import { SessionDriver } from './session-driver.js'
import { SessionExecutor } from './session-executor.js'
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
export class SessionParts {
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
  /** Reads queries for objects piece by piece. */
  readonly cursor: CursorReader

  constructor(context: SessionContext, close: () => Promise<void>) {
    const { engine, plan, mapper, queries, suspended } = context
    const { deadlineMillis = Number.POSITIVE_INFINITY, signal } = plan.options
    this.isAutocommit = plan.isAutocommit
    this.deadline =
      deadlineMillis === Number.POSITIVE_INFINITY && signal === undefined
        ? Deadline.never
        : Deadline.after(deadlineMillis, signal)
    const who = { sessionId: this.id, suspended }
    const conversation = plan.isAutocommit
      ? new AutocommitConversation(who, engine, plan, this.deadline)
      : new Conversation(who, engine, plan, this.deadline)
    const hooks = new TransactionHooks((error, when) => {
      const fields = { err: error, sessionId: this.id }
      engine.logger.error(fields, `a hook of a transaction failed (${when}); its outcome stands`)
    })
    const nested = new NestedTransactions(conversation)
    const watched = this.#watched(nested, context)
    const objects = new LazyObjects(mapper, watched, nested.stack, plan.objects)
    const runner = plan.objects.autoflush ? new AutoflushRunner(watched, objects) : watched
    nested.listener = {
      onOpened: (scope) => {
        objects.onOpened(scope)
      },
      beforeRelease: () => objects.beforeRelease(),
      onReleased: (scope) => {
        objects.onReleased(scope)
      },
      onUndone: (scope) => {
        objects.onUndone(scope)
        hooks.drop(scope)
      },
    }
    const connection = plan.isAutocommit
      ? () => new AutocommitConnection(nested, engine, plan, this.deadline)
      : () => new SessionConnection(runner)
    const driver = new SessionDriver({ conversation, nested, connection, close })
    const dialect = new KyselyDialect(driver, queries.compiler)
    const parts = {
      runner,
      adapter: dialect.createAdapter(),
      compiler: queries.compiler,
      connectionProvider: {
        // Whatever Kysely derives from the session (withSchema, withPlugin …) begins its transactions through here.
        provideConnection: <T>(consumer: (connection: DatabaseConnection) => Promise<T>): Promise<T> =>
          SavepointStack.run(nested.stack.scope('kysely'), () => consumer(connection())),
      },
    }
    const executor = new SessionExecutor(parts, queries.plugins)
    this.conversation = conversation
    this.hooks = hooks
    this.nested = nested
    this.objects = objects
    this.cursor = {
      runner: nested,
      read: async function* (query, chunkSize) {
        for await (const { rows } of readCursor<unknown[]>(nested, query, chunkSize)) yield rows
      },
    }
    this.queries = queries
    this.runner = runner
    this.executor = executor
    this.kysely = { config: { dialect }, dialect, driver, executor }
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
