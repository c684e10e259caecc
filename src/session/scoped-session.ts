import type { AsyncLocalStorage } from 'node:async_hooks'
import { runHolding } from '../engine/holding-frames.js'
import { NoActiveSessionError, SessionClosedError } from '../errors/usage-error.js'
import type { SessionFactory } from './session-factory.js'
import type { Session } from './session.js'

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
  readonly #storage: AsyncLocalStorage<Session<DB>>

  /** @internal */
  constructor(sessions: SessionFactory<DB>, storage: AsyncLocalStorage<Session<DB>>) {
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
    const runWith = (scoped: Session<DB>): Promise<Result> =>
      runHolding(scoped.id, () => this.#storage.run(scoped, work, scoped))
    if (session !== undefined) return await runWith(session)
    await using own = this.#sessions.session()
    return await runWith(own)
  }

  /**
   * Calls a function with a session in scope, for frameworks that go on by callback. The caller closes the session.
   *
   * @param session - The session to put in scope.
   * @param callback - Called at once; everything it starts has the session in scope.
   * @returns What the callback returns.
   */
  bind<Result>(session: Session<DB>, callback: () => Result): Result {
    return this.#storage.run(session, callback)
  }

  /**
   * The session in scope. No I/O.
   *
   * @throws {@link NoActiveSessionError} where no session is in scope.
   * @throws {@link SessionClosedError} where the session in scope was closed already.
   */
  current(): Session<DB> {
    const session = this.#storage.getStore()
    if (session === undefined) {
      throw new NoActiveSessionError({
        message: 'No session is in scope here',
        hint: 'Call this inside database.scoped.run() or a request that an adapter serves; a callback kept by another library may have lost its async context, bind it with AsyncResource.bind().',
      })
    }
    if (session.state === 'closed') {
      throw new SessionClosedError({
        message: 'The session in scope here is closed: the work that it was opened for has ended',
        hint: 'Await everything inside the scope, or open a session of its own for work that outlives it.',
        state: 'closed',
        attempted: 'current',
      })
    }
    return session
  }

  /** Whether a session is in scope here, closed or not. */
  get isActive(): boolean {
    return this.#storage.getStore() !== undefined
  }
}
