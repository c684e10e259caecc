import { ObjectSession } from './object-session.js'
import { propagate } from './propagate.js'
import type { SessionContext } from './session-context.js'
import type { SessionPlan } from './session-plan.js'
import { SessionShell } from './session-shell.js'
import type { TransactionalOptions } from './transactional-options.js'
import type { TransactionOptions } from './transaction-options.js'

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
  /** @internal Use `database.session()`. */
  constructor(context: SessionContext) {
    super(new SessionShell(context))
  }

  /** Whether a transaction has begun, by `begin()` or by a statement, and has not ended. */
  get inTransaction(): boolean {
    return this.shell.life.inTransaction
  }

  /**
   * Aborted when the session is: by `abort()`, its deadline, or the signal it was opened with; not when it is closed.
   * For work outside the database that is part of the same job, such as `fetch(url, { signal: session.signal })`.
   */
  get signal(): AbortSignal {
    return this.shell.life.signal
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
  begin(options?: TransactionOptions): void {
    this.shell.life.begin(options)
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
    return await this.parts.nested.run(() => work(this))
  }

  /**
   * Runs work in a transaction, by the rule of its propagation: joins the one that is open, begins one, or runs beside.
   *
   * `required`, the default, joins the open transaction, or begins one, commits it when the work returns and rolls it
   * back when it throws. Work that has joined and fails dooms the whole transaction: if its error is swallowed,
   * `commit()` throws {@link UnexpectedRollbackError}. `requiresNew` and `notSupported` run in another session, on a
   * second connection, while this one's transaction waits; what runs without a transaction runs in an autocommit
   * session. Works that are started side by side, without a transaction, share the one that the first begins.
   *
   * @param work - Receives the session to use: this one, or the other.
   * @param options - The propagation, and what kind of transaction is asked for.
   * @returns What the work returns; if a transaction was begun for it, after COMMIT was confirmed.
   * @throws What the work throws.
   * @throws {@link UnexpectedRollbackError} if work that took part in the transaction failed and was swallowed.
   * @throws {@link SessionStateError} if the propagation is `mandatory` or `never` and the state is not that.
   * @throws {@link UsageError} if it joins and asks for what the transaction around it is not.
   * @throws {@link ConfigurationError} if an option is unknown or malformed.
   * @throws {@link PendingRollbackError} if it joins and an earlier statement of the transaction failed.
   * @throws {@link SessionClosedError} if the session was closed.
   * @example
   * ```ts run
   * await using session = database.session()
   * await session.transactional(async () => {
   *   await session.insertInto('person').values({ name: 'Ada' }).execute()
   *   await session.transactional(() => session.insertInto('person').values({ name: 'Grace' }).execute())
   * })
   * ```
   * @see Spring, `@Transactional` and `Propagation`
   */
  async transactional<Result>(
    work: (session: this) => Promise<Result>,
    options?: TransactionalOptions,
  ): Promise<Result> {
    const beside = (plan: SessionPlan): this => this.#beside(plan) as this
    return await propagate<this, Result>({ session: this, life: this.shell.life, beside }, work, options)
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
   * @throws {@link UnexpectedRollbackError} if work that had joined with `transactional()` failed and was swallowed.
   * @throws {@link SessionClosedError} if the session was closed.
   * @throws {@link SessionStateError} while another end is under way, or work of `transactional()` still runs.
   * @example
   * ```ts run
   * await using session = database.session()
   * await session.insertInto('person').values({ name: 'Ada' }).execute()
   * await session.commit()
   * ```
   * @see PostgreSQL manual, COMMIT; SQLAlchemy 2.0, `AsyncSession.commit`
   */
  commit(): Promise<void> {
    return this.shell.life.commit()
  }

  /** Whether a transaction of this session was committed, or may have been. @internal */
  get hasCommitted(): boolean {
    return this.shell.life.hasCommitted
  }

  /**
   * Rolls the open transaction back, savepoints included, and gives the connection back to the pool.
   *
   * Statements that have not left yet are refused; one that runs is waited for. Without an open transaction it does
   * nothing. It also makes a session usable again that lost its connection.
   *
   * @throws {@link SessionStateError} while a commit is under way.
   */
  rollback(): Promise<void> {
    return this.shell.life.rollback()
  }

  /**
   * Makes the session as if it had just been opened: rolls back what is open, gives the connection back, and forgets
   * all objects and hooks. Waits for a commit that is under way. `info` stays.
   *
   * @throws {@link SessionClosedError} if the session was closed.
   * @see SQLAlchemy 2.0, `AsyncSession.reset`
   */
  reset(): Promise<void> {
    return this.shell.life.reset()
  }

  /**
   * Gives up the connection, because it is in doubt: it is closed at once, without a word to the server, which rolls
   * back. What was waiting or running fails with {@link DisconnectedError}. Afterwards `rollback()` makes the session
   * usable again, on another connection. Without a connection it does nothing. No I/O that could be waited for.
   *
   * @param reason - Becomes the cause of the errors.
   * @throws {@link SessionStateError} while the transaction is being ended: what became of it could not be known.
   * @see SQLAlchemy 2.0, `AsyncSession.invalidate`
   */
  invalidate(reason?: unknown): void {
    this.shell.life.invalidate(reason)
  }

  /**
   * Ends the session for good: rolls back what is open and gives the connection back. Safe to call twice.
   *
   * If writes are rolled back by it, or objects were never written, that is logged at `warn`, with how many.
   */
  close(): Promise<void> {
    return this.shell.close()
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
    await this.shell.life.abort('aborted', reason)
  }

  /** The same as {@link Session.close}; Kysely's name for it. */
  override async destroy(): Promise<void> {
    await this.close()
  }

  /** Ends an `await using` block: {@link Session.close}. */
  override async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  /** A session like this one, with the time that is left to this one. */
  #beside(plan: SessionPlan): Session<DB> {
    const { remainingMillis } = this.parts.deadline
    const deadlineMillis =
      remainingMillis === Number.POSITIVE_INFINITY ? undefined : Math.max(1, Math.ceil(remainingMillis))
    const other = new Session<DB>({
      ...this.shell.context,
      plan: plan.with({ deadlineMillis }),
      suspended: this.inTransaction ? this.id : undefined,
    })
    for (const [key, value] of this.info) other.info.set(key, value)
    return other
  }
}
