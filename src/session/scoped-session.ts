import { resolveRetry, type RetryOptions } from './retry-options.js'
import { assertOpen, type ScopeStorage } from './scope-storage.js'
import type { SessionFactory } from './session-factory.js'
import type { Session } from './session.js'
import { COURSES, resolveTransactional, type TransactionalOptions } from './transactional-options.js'

/** How {@link ScopedSession.transactional} runs a function. */
export interface ScopedTransactionalOptions extends TransactionalOptions {
  /**
   * How often it may run where it is the outermost; inside a transaction, whoever began that decides.
   *
   * @defaultValue once
   */
  readonly retry?: RetryOptions | undefined
}

/**
 * The session of the current async context: one for each request, job or test, without passing it along.
 *
 * Nothing needs it: services that take a `Session` work as well, and then AsyncLocalStorage costs nothing.
 *
 * @example
 * ```ts run
 * await database.scoped.run(async () => {
 *   await database.scoped.current().insertInto('person').values({ name: 'Ada' }).execute()
 *   await database.scoped.current().commit()
 * })
 * ```
 * @see SQLAlchemy 2.0, `async_scoped_session`
 */
export class ScopedSession<DB> {
  readonly #sessions: SessionFactory<DB>
  readonly #storage: ScopeStorage<DB>

  /** @internal */
  constructor(sessions: SessionFactory<DB>, storage: ScopeStorage<DB>) {
    this.#sessions = sessions
    this.#storage = storage
  }

  /**
   * Runs work with a session in scope. No I/O by itself; the session is closed at the end, and nothing is committed
   * unless the work calls `commit()`.
   *
   * @param work - Runs in the scope; receives the session too.
   * @param session - An open session to put in scope; its owner closes it. A new one by default.
   * @returns What the work returns.
   * @throws What the work throws, after the session of the scope was closed.
   */
  async run<Result>(work: (session: Session<DB>) => Promise<Result>, session?: Session<DB>): Promise<Result> {
    if (session !== undefined) return await this.#storage.run(session, () => work(session))
    await using own = this.#sessions.session()
    return await this.#storage.run(own, () => work(own))
  }

  /**
   * Calls a function with a session in scope, for frameworks that go on by callback. The caller closes the session.
   *
   * @param session - The session to put in scope.
   * @param callback - Called at once; everything it starts has the session in scope.
   * @returns What the callback returns.
   */
  bind<Result>(session: Session<DB>, callback: () => Result): Result {
    return this.#storage.bind(session, callback)
  }

  /**
   * The session in scope. No I/O.
   *
   * @throws {@link NoActiveSessionError} where no session is in scope; it says whether one was ever opened, or the
   * context was lost.
   * @throws {@link SessionClosedError} where the session in scope was closed already; it says where.
   */
  current(): Session<DB> {
    return this.#storage.current()
  }

  /** Whether a session is in scope here, closed or not. */
  get isActive(): boolean {
    return this.#storage.session !== undefined
  }

  /**
   * Calls a function outside the scope, such as work that is meant to run beside the open transaction. No I/O.
   *
   * @param callback - Called at once; nothing it starts has a session in scope.
   * @returns What the callback returns.
   */
  exit<Result>(callback: () => Result): Result {
    return this.#storage.exit(callback)
  }

  /**
   * Makes a function that runs in a transaction of the session in scope, by the rule of its propagation; where no
   * session is in scope, one is opened for the call. Inside, `current()` is the session to use.
   *
   * @param work - The function; its `this` and arguments are those of the call.
   * @param options - The propagation, what kind of transaction is asked for, and how often it may run.
   * @returns A function with the same arguments and result. It throws {@link SessionClosedError} where the session in
   * scope was closed already, and what {@link Session.transactional} throws.
   * @throws {@link ConfigurationError} if an option is unknown or malformed.
   * @example
   * ```ts run
   * const register = database.scoped.transactional(async (name: string) => {
   *   await database.scoped.current().insertInto('person').values({ name }).execute()
   * })
   * await register('Ada')
   * ```
   */
  transactional<This, Arguments extends unknown[], Result>(
    work: (this: This, ...values: Arguments) => Promise<Result>,
    options: ScopedTransactionalOptions = {},
  ): (this: This, ...values: Arguments) => Promise<Result> {
    const { retry, ...transactional } = options
    resolveTransactional(transactional)
    resolveRetry(retry)
    const call = async (start: () => Promise<Result>): Promise<Result> => await this.#call(start, options)
    return async function (this: This, ...values: Arguments): Promise<Result> {
      return await call(() => work.apply(this, values))
    }
  }

  async #call<Result>(start: () => Promise<Result>, options: ScopedTransactionalOptions): Promise<Result> {
    const { retry, ...transactional } = options
    const inScope = this.#storage.session
    if (inScope !== undefined) {
      assertOpen(inScope)
      return await this.#runIn(inScope, inScope, start, transactional)
    }
    const { propagation = 'required', isolationLevel, readOnly, deferrable } = transactional
    if (COURSES[propagation].outside === 'begin') {
      const work = (own: Session<DB>): Promise<Result> => this.#storage.run(own, start)
      return await this.#sessions.begin(work, { isolationLevel, readOnly, deferrable, retry })
    }
    await using own = this.#sessions.session()
    return await this.#runIn(own, undefined, start, transactional)
  }

  /** The session that the work is given may be another one: that is in scope then. */
  async #runIn<Result>(
    session: Session<DB>,
    inScope: Session<DB> | undefined,
    start: () => Promise<Result>,
    options: TransactionalOptions,
  ): Promise<Result> {
    const work = (given: Session<DB>): Promise<Result> =>
      given === inScope ? start() : this.#storage.run(given, start)
    return await session.transactional(work, options)
  }
}
