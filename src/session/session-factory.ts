import { runHolding } from '../engine/holding-frames.js'
import { DatabaseError } from '../errors/database-error.js'
import { backoffMillis } from '../foundation/backoff.js'
import { Deadline } from '../foundation/deadline.js'
import { setTimeout as sleep } from 'node:timers/promises'
import { Session } from './session.js'
import { resolveRetry, type RetryOptions } from './retry-options.js'
import type { ObjectEvents } from '../unit-of-work/object-events.js'
import type { ReadSession } from './read-session.js'
import type { SessionContext } from './session-context.js'
import type { SessionOptions } from './session-options.js'
import type { ExecutableQuery } from './executable-query.js'
import type { PreparedQuery } from './prepared-query.js'
import type { Result } from './result.js'
import { SessionPlan } from './session-plan.js'
import { SessionShell } from './session-shell.js'
import type { IsolationLevel } from './transaction-options.js'

/** How `begin()` runs its work. */
export interface BeginOptions extends SessionOptions {
  /** How strictly it is kept apart from others. */
  readonly isolationLevel?: IsolationLevel | undefined
  /**
   * How often the work may run.
   *
   * @defaultValue once
   */
  readonly retry?: RetryOptions | undefined
}

/**
 * Makes sessions on one engine.
 *
 * Made by `AsyncDatabase`; see {@link SessionFactory.session}.
 */
export class SessionFactory<DB> {
  readonly #context: SessionContext
  /** The same for statements that are run alone. */
  #alone: SessionContext | undefined

  /** @internal */
  constructor(context: SessionContext) {
    this.#context = context
  }

  /** What is to happen around the flushes of all sessions of the database. */
  get events(): ObjectEvents<Session<DB>> {
    return this.#context.mapper().events as unknown as ObjectEvents<Session<DB>>
  }

  /**
   * A factory whose sessions have other defaults, on the same connections. No I/O.
   *
   * @param options - On top of this factory's; of `settings`, name by name.
   * @returns Another factory.
   * @throws {@link ConfigurationError} if an option is unknown, malformed or out of range.
   */
  with(options: SessionOptions): SessionFactory<DB> {
    return new SessionFactory<DB>({ ...this.#context, plan: this.#context.plan.with(options) })
  }

  /**
   * Opens a session. No I/O: it takes a connection at its first statement.
   *
   * @param options - What its transactions begin with.
   * @returns A session that the caller closes, best with `await using`.
   * @throws {@link ConfigurationError} if an option is unknown, malformed or out of range.
   */
  session(options?: SessionOptions): Session<DB> {
    const context = this.#context
    return new Session<DB>(options === undefined ? context : { ...context, plan: context.plan.with(options) })
  }

  /**
   * Opens a session that can only read. No I/O.
   *
   * @param options - What its transactions begin with.
   * @returns A session without methods that write, whose transactions are READ ONLY at the server.
   * @throws {@link ConfigurationError} if an option is unknown, malformed or out of range.
   */
  readSession(options?: Omit<SessionOptions, 'readOnly'>): ReadSession<DB> {
    return new Session<DB>({ ...this.#context, plan: this.#context.plan.forReading(options) })
  }

  /**
   * Runs work in a session of its own: committed when it returns, rolled back when it throws, closed in any case.
   *
   * With `retry`, the whole work runs again, in a fresh session and after a random pause, when the server rolled it
   * back in favour of another transaction; never after a commit whose outcome is unknown. Its hooks of the failed run
   * are dropped. Work that has committed itself is not run again. What it did outside the database it does again: say `session.external()` where that must not be.
   *
   * @param work - Receives the session. It may commit itself; what it begins afterwards is committed too.
   * @param options - What its transactions begin with, and how often it may run.
   * @returns What the work returns, after COMMIT was confirmed.
   * @throws What the work throws, after the transaction has been rolled back.
   * @throws {@link CommitRolledBackError} if a statement failed and the work swallowed it.
   * @throws {@link CommitUnknownError} if the connection was lost after COMMIT was sent.
   * @throws {@link PoolTimeoutError} if no connection became free in time.
   * @throws {@link ConfigurationError} if an option is unknown, malformed or out of range.
   * @see RELIABILITY, I-RETRY: only what provably was not applied is run again
   */
  async begin<Result>(
    work: (session: Session<DB>) => Promise<Result>,
    options: BeginOptions = {},
  ): Promise<Result> {
    SessionPlan.refuseUnknown(options, ['retry'])
    const { retry, ...sessionOptions } = options
    const { attempts, timeoutMillis } = resolveRetry(retry)
    const deadline = Deadline.after(timeoutMillis, options.signal)
    for (let attempt = 1; ; attempt++) {
      const session = this.session(sessionOptions)
      try {
        return await runHolding(session.id, () => this.#runOnce(session, work))
      } catch (error) {
        const pauseMillis = backoffMillis(attempt, { baseMillis: 10, maxMillis: 1_000 })
        const mayRepeat =
          DatabaseError.is(error) && error.isRetryable && !session.isExternal && !session.hasCommitted
        if (!mayRepeat || attempt >= attempts || pauseMillis >= deadline.remainingMillis) throw error
        await sleep(pauseMillis, undefined, { signal: options.signal }).catch(() => undefined)
      }
    }
  }

  /**
   * Runs one statement in an autocommit session of its own.
   *
   * @param query - A query builder, a `sql` template, a compiled query or a prepared one.
   * @param parameters - The values of a prepared query.
   * @returns The rows, as a session gives them.
   * @internal
   */
  async execute<R>(
    query: ExecutableQuery<R> | PreparedQuery<DB, never, R>,
    parameters?: Readonly<Record<string, unknown>>,
  ): Promise<Result<R>> {
    this.#alone ??= { ...this.#context, plan: this.#context.plan.withoutTransactions }
    const shell = new SessionShell(this.#alone)
    try {
      return await shell.execute(query, parameters)
    } finally {
      await shell.close()
    }
  }

  async #runOnce<Result>(
    session: Session<DB>,
    work: (session: Session<DB>) => Promise<Result>,
  ): Promise<Result> {
    try {
      session.begin()
      const result = await work(session)
      await session.commit()
      return result
    } catch (error) {
      // Never throws: what can't be rolled back is destroyed, and the work's own error is the one to show (R7).
      await session.rollback()
      throw error
    } finally {
      await session.close()
    }
  }
}
