import type { QueryResult } from 'kysely'
import type { Engine } from '../engine/engine.js'
import type { Mapper } from '../unit-of-work/mapper.js'
import { CommitUnknownError } from '../errors/transaction-error.js'
import { SessionStateError } from '../errors/usage-error.js'
import { Deadline, type DeadlineEnd } from '../foundation/deadline.js'
import type { Conversation } from './conversation.js'
import { ObjectSession } from './object-session.js'
import type { LazyObjects } from './lazy-objects.js'
import type { NestedTransactions } from './nested-transactions.js'
import { sessionAborted } from './session-errors.js'
import { compiledQuery, type ExecutableQuery } from './executable-query.js'
import type { QuerySetup } from './query-setup.js'
import { Result } from './result.js'
import { SessionParts } from './session-parts.js'
import type { SessionPlan } from './session-plan.js'
import { TransactionEnd } from './transaction-end.js'
import type { TransactionHooks, TransactionOutcome } from './transaction-hooks.js'
import type { TransactionOptions } from './transaction-options.js'

/** What a failed commit did, by what is known of it. */
function outcomeOf(error: unknown): TransactionOutcome {
  if (!CommitUnknownError.is(error)) return 'rolled back'
  return error.outcome === 'aborted' ? 'rolled back' : error.outcome
}

/**
 * One conversation with the database: a Kysely whose every statement runs in the session's transaction.
 *
 * Opening a session does no I/O. Its first statement takes a connection and begins a transaction, in one round trip
 * with the statement itself. Nothing is committed unless `commit()` is called; `close()`, or the end of an
 * `await using` block, rolls back. After `commit()` or `rollback()` the session may be used again. A session serves
 * one task at a time: statements started together run in the order in which they were started.
 *
 * @example
 * ```ts run
 * await using session = database.session()
 * await session.insertInto('person').values({ name: 'Ada' }).execute()
 * await session.commit()
 * ```
 * @see SQLAlchemy 2.0, `AsyncSession`; Fowler, Patterns of Enterprise Application Architecture, Unit of Work
 */
export class Session<DB> extends ObjectSession<DB> {
  readonly #conversation: Conversation
  readonly #nested: NestedTransactions
  readonly #hooks: TransactionHooks
  readonly #objects: LazyObjects
  readonly #engine: Engine
  readonly #plan: SessionPlan
  #stopWatching: (() => void) | undefined
  #isBegunExplicitly = false
  #hasCommitted = false

  /** @internal Use `database.session()`. */
  constructor(engine: Engine, plan: SessionPlan, mapper: () => Mapper, queries: QuerySetup) {
    const parts = new SessionParts(engine, plan, mapper, queries, () => this.close())
    super(parts)
    this.#conversation = parts.conversation
    this.#nested = parts.nested
    this.#hooks = parts.hooks
    this.#objects = parts.objects
    this.#engine = engine
    this.#plan = plan
    const { deadline } = parts
    if (deadline !== Deadline.never) {
      this.#stopWatching = deadline.watch((end) => void this.#abort(end, plan.options.signal?.reason))
    }
  }

  /** Whether a transaction has begun, by `begin()` or by a statement, and has not ended. */
  get inTransaction(): boolean {
    const { state } = this
    return state === 'idle' ? this.#isBegunExplicitly : state !== 'closed'
  }

  /**
   * Begins a transaction, which the first statement would do by itself; useful for its options.
   *
   * No I/O: BEGIN leaves with the first statement.
   *
   * @param options - For this transaction; the session's own where absent.
   * @throws {@link SessionStateError} if a transaction has begun already.
   * @throws {@link SessionClosedError} if the session was closed.
   * @throws {@link ConfigurationError} if the isolation level is none of PostgreSQL's.
   */
  begin(options: TransactionOptions = {}): void {
    this.#conversation.verdict('begin')
    if (this.#isBegunExplicitly) {
      throw new SessionStateError({
        message: 'begin() was refused: a transaction has begun already',
        hint: 'End it with commit() or rollback(), or use beginNested() for a savepoint.',
        state: this.state,
        attempted: 'begin',
      })
    }
    this.#conversation.plan = this.#plan.with(options)
    this.#isBegunExplicitly = true
  }

  /**
   * Runs one statement and gives its rows as a {@link Result}, with the words of SQLAlchemy: `one`, `scalars` …
   *
   * @param query - A query builder, a `sql` template or a compiled query; not text, which might come from a request.
   * @returns The rows.
   * @throws {@link PendingRollbackError} if an earlier statement of the transaction failed.
   * @throws {@link QueryError} if the server refused it.
   * @throws {@link UsageError} if it is none of these, or a parameter can't be sent.
   */
  async execute<R>(query: ExecutableQuery<R>): Promise<Result<R>> {
    const compiled = compiledQuery(query, this)
    const { rows, rowCount } = (await this.executeQuery(compiled)) as QueryResult<R> & {
      rowCount?: number | null
    }
    return new Result(rows, rowCount ?? null)
  }

  /**
   * Runs work inside a savepoint: kept when it returns, undone when it throws.
   *
   * SAVEPOINT leaves with the work's first statement. Nested transactions of one session that run side by side take
   * turns; one called from within another nests in it. A statement that other code issues on this session meanwhile
   * runs inside the savepoint and shares its fate.
   *
   * @param work - Receives this session.
   * @returns What the work returns.
   * @throws What the work throws, after it has been undone.
   * @throws {@link PendingRollbackError} if an earlier statement of the transaction failed.
   * @throws {@link SessionClosedError} if the session was closed.
   */
  async beginNested<Result>(work: (session: this) => Promise<Result>): Promise<Result> {
    return await this.#nested.run(() => work(this))
  }

  /**
   * Commits the open transaction and gives the connection back to the pool.
   *
   * Waits for the statements started before it, refuses those started after it, sends one COMMIT and reads its
   * answer. Tracked objects are written first. Without an open transaction it does nothing and touches no connection.
   * The session may be used again.
   *
   * @throws {@link CommitRolledBackError} if a statement had failed: nothing was stored.
   * @throws {@link CommitUnknownError} if the connection was lost after COMMIT was sent; its `outcome` says what another
   * connection found out.
   * @throws {@link SerializationFailureError} if the server refused the COMMIT; `isRetryable` is true.
   * @throws {@link IntegrityError} if a deferred constraint was violated.
   * @throws {@link SessionClosedError} if the session was closed.
   * @throws {@link SessionStateError} while another end is under way.
   * @example
   * ```ts run
   * await using session = database.session()
   * await session.insertInto('person').values({ name: 'Ada' }).execute()
   * await session.commit()
   * ```
   * @see PostgreSQL manual, COMMIT; SQLAlchemy 2.0, `AsyncSession.commit`
   */
  async commit(): Promise<void> {
    // Not awaited for nothing: until the conversation has closed its gate a late statement would still be let in.
    if (!this.#hooks.isEmpty || this.#objects.areInUse) await this.#prepareCommit()
    const { transaction } = this.#conversation
    try {
      await this.#conversation.commit()
    } catch (error) {
      // A refusal ends nothing.
      if (this.#conversation.transaction !== transaction) {
        const outcome = outcomeOf(error)
        this.#hasCommitted ||= outcome !== 'rolled back'
        await this.#onEnd(outcome)
      }
      throw error
    }
    // A transaction without a statement has committed nothing.
    this.#hasCommitted ||= this.#conversation.transaction !== transaction
    await this.#onEnd('committed')
  }

  /** Whether a transaction of this session was committed, or may have been. @internal */
  get hasCommitted(): boolean {
    return this.#hasCommitted
  }

  /**
   * Rolls the open transaction back, savepoints included, and gives the connection back to the pool.
   *
   * Statements that have not left yet are refused; one that runs is waited for. Without an open transaction it does
   * nothing. It also makes a session usable again that lost its connection.
   *
   * @throws {@link SessionStateError} while a commit is under way.
   */
  async rollback(): Promise<void> {
    await this.#conversation.rollback()
    await this.#onEnd('rolled back')
  }

  /**
   * Ends the session for good: rolls back what is open and gives the connection back. Safe to call twice.
   *
   * If writes are rolled back by it, that is logged once, at `warn`.
   */
  async close(): Promise<void> {
    this.#stopWatching?.()
    const discarded = await this.#conversation.close(new TransactionEnd('closed'))
    if (discarded > 0) {
      this.#engine.logger.warn(
        { sessionId: this.id, uncommittedStatements: discarded },
        `a session was closed with ${discarded} uncommitted statement${discarded === 1 ? '' : 's'}; call commit()`,
      )
    }
    await this.#onEnd('rolled back')
  }

  /**
   * Ends the session for good, now: cancels the statement that runs, rolls back and gives the connection back.
   *
   * The running statement is cancelled with a CancelRequest; if the server does not react within a second, the
   * connection is destroyed. A COMMIT that is under way is waited for, never cancelled.
   *
   * @param reason - Becomes the cause of the error that waiting statements get.
   */
  async abort(reason?: unknown): Promise<void> {
    await this.#abort('aborted', reason)
  }

  /** The same as {@link Session.close}; Kysely's name for it. */
  override async destroy(): Promise<void> {
    await this.close()
  }

  /** Ends an `await using` block: {@link Session.close}. */
  override async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  async #abort(end: DeadlineEnd, reason: unknown): Promise<void> {
    this.#stopWatching?.()
    const error = sessionAborted(end, this.state, this.#plan.options.deadlineMillis, reason)
    await this.#conversation.abort(error, new TransactionEnd('aborted'))
    await this.#onEnd('rolled back')
  }

  /** Hooks and the flush may still change the outcome: what fails there rolls the transaction back. */
  async #prepareCommit(): Promise<void> {
    this.#conversation.verdict('commit')
    if (this.state === 'aborted') return
    try {
      await this.#hooks.runBeforeCommit()
      await this.#objects.flush()
    } catch (error) {
      await this.rollback()
      throw error
    }
  }

  async #onEnd(outcome: TransactionOutcome): Promise<void> {
    this.#nested.stack.clear()
    if (this.#isBegunExplicitly && this.state === 'idle') {
      this.#isBegunExplicitly = false
      this.#conversation.plan = this.#plan
    }
    this.#objects.onEnd(outcome)
    await this.#hooks.runAfter(outcome)
  }
}
