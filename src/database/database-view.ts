import type { ExecutableQuery } from '../session/executable-query.js'
import { prepareQuery, type QueryBuild } from '../session/prepare-query.js'
import type { PreparedQuery } from '../session/prepared-query.js'
import type { Result } from '../session/result.js'
import type { ReadSession } from '../session/read-session.js'
import type { ScopeStorage } from '../session/scope-storage.js'
import { ScopedSession } from '../session/scoped-session.js'
import type { BeginOptions, SessionFactory } from '../session/session-factory.js'
import type { SessionOptions } from '../session/session-options.js'
import type { ObjectEvents } from '../unit-of-work/object-events.js'
import type { Session } from '../session/session.js'

/**
 * A database as one tenant, role or kind of work sees it: sessions that begin in a certain way, on shared connections.
 *
 * Made by `database.with()`; making one does no I/O and costs little enough to do it for each request.
 */
export class DatabaseView<DB> {
  /** Makes sessions. */
  readonly sessions: SessionFactory<DB>
  /** The session of the current async context; shared by all views of a database. */
  readonly scoped: ScopedSession<DB>
  readonly #storage: ScopeStorage<DB>

  /** @internal */
  constructor(sessions: SessionFactory<DB>, storage: ScopeStorage<DB>) {
    this.sessions = sessions
    this.scoped = new ScopedSession<DB>(sessions, storage)
    this.#storage = storage
  }

  /** What is to happen around the flushes of all sessions of the database, those of other views included. */
  get events(): ObjectEvents<Session<DB>> {
    return this.sessions.events
  }

  /**
   * A view whose sessions begin with a schema, role, settings or limits of their own. No I/O.
   *
   * They are set in the round trip of BEGIN, hold for one transaction and can't leak to the connection's next
   * borrower, also behind PgBouncer in transaction mode.
   *
   * @param options - On top of this view's.
   * @returns Another view, on the same connections.
   * @throws {@link ConfigurationError} if an option is unknown, malformed or out of range.
   * @example
   * ```ts
   * const acme = database.with({ schema: 'tenant_acme', role: 'app_user', settings: { 'app.tenant_id': 'acme' } })
   * await acme.begin((session) => session.selectFrom('person').selectAll().execute())
   * ```
   */
  with(options: SessionOptions): DatabaseView<DB> {
    return new DatabaseView<DB>(this.sessions.with(options), this.#storage)
  }

  /**
   * Opens a session. No I/O: it takes a connection at its first statement. Nothing is committed unless `commit()` is
   * called.
   *
   * @param options - What its transactions begin with.
   * @returns A session that the caller closes, best with `await using`.
   */
  session(options?: SessionOptions): Session<DB> {
    return this.sessions.session(options)
  }

  /**
   * Opens a session that can only read: without methods that write, and READ ONLY at the server. No I/O.
   *
   * @param options - What its transactions begin with.
   * @returns A session that the caller closes, best with `await using`.
   */
  readSession(options?: Omit<SessionOptions, 'readOnly'>): ReadSession<DB> {
    return this.sessions.readSession(options)
  }

  /**
   * Runs one statement that commits by itself, with the view's schema, role and settings.
   *
   * @param query - A query builder, a `sql` template or a compiled query.
   * @returns The rows.
   * @throws {@link QueryError} if the server refused it.
   * @throws {@link CommitUnknownError} if the connection was lost before a change was confirmed.
   * @throws {@link PoolTimeoutError} if no connection became free in time.
   */
  execute<R>(query: ExecutableQuery<R>): Promise<Result<R>>
  /**
   * Runs a query of {@link prepareQuery} that commits by itself.
   *
   * @param query - The prepared query.
   * @param parameters - A value for each of its parameters.
   * @returns The rows.
   * @throws {@link UsageError} if a parameter is missing or can't be sent.
   */
  execute<Parameters, R>(
    query: PreparedQuery<DB, Parameters, R>,
    parameters: NoInfer<Parameters>,
  ): Promise<Result<R>>
  execute<R>(
    query: ExecutableQuery<R> | PreparedQuery<DB, never, R>,
    parameters?: Readonly<Record<string, unknown>>,
  ): Promise<Result<R>> {
    return this.sessions.execute(query, parameters)
  }

  /**
   * Prepares a query on this database's tables; see {@link prepareQuery}. No I/O.
   *
   * @returns A function that takes the query's builder.
   * @example
   * ```ts run
   * const byName = database.prepareQuery<{ name: string }>()((db, param) =>
   *   db.selectFrom('person').selectAll().where('name', '=', param('name')),
   * )
   * console.log((await database.execute(byName, { name: 'Ada' })).all())
   * ```
   */
  prepareQuery<Parameters extends object>(): <R>(
    build: QueryBuild<DB, Parameters, R>,
  ) => PreparedQuery<DB, Parameters, R> {
    return prepareQuery<Parameters>()
  }

  /**
   * Runs work in a session of its own: committed when it returns, rolled back when it throws. See
   * {@link SessionFactory.begin}.
   *
   * @param work - Receives the session.
   * @param options - What its transactions begin with, and how often it may run.
   * @returns What the work returns, after COMMIT was confirmed.
   * @throws What the work throws, after the transaction was rolled back.
   * @throws {@link ForeignQueryError} with `strictScope`, if the session in scope has an open transaction.
   */
  async begin<Result>(
    work: (session: Session<DB>) => Promise<Result>,
    options?: BeginOptions,
  ): Promise<Result> {
    this.#storage.assertNotForeign('database.begin()')
    return await this.sessions.begin(work, options)
  }
}
