import type { Expression, Kysely, QueryCreator, QueryCreatorWithCommonTableExpression } from 'kysely'
import type { Session } from './session.js'

/** What of a query creator only reads. */
type ReadingVerb = 'selectFrom' | 'selectNoFrom'

/** A query that another one selects from. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- the row is inferred from the query itself.
type ReadingQuery<DB> = (creator: QueryCreator<DB>) => Expression<any>

/** Queries that read, on a session's schema or another. */
export interface ReadQueries<DB> extends Pick<
  Kysely<DB>,
  ReadingVerb | 'fn' | 'case' | 'dynamic' | 'introspection' | 'getExecutor' | 'executeQuery'
> {
  /**
   * Names a query that the query to come can select from.
   *
   * @param name - Its name there.
   * @param expression - The query, which reads too.
   */
  with<N extends string, E extends ReadingQuery<DB>>(
    name: N,
    expression: E,
  ): Pick<QueryCreatorWithCommonTableExpression<DB, N, E>, ReadingVerb>
  /**
   * The same queries on the tables of another schema. No I/O.
   *
   * @param schema - Its name.
   */
  withSchema(schema: string): ReadQueries<DB>
}

/**
 * A session that can only read: it has no method that writes, and its transactions are READ ONLY, so that the server
 * refuses whatever writes nevertheless, such as a `sql` template or a function.
 *
 * Opened by `database.readSession()`. Functions that only read can ask for one; a {@link Session} is one too.
 *
 * @example
 * ```ts run
 * await using session = database.readSession()
 * const names = await session.selectFrom('person').select('name').execute()
 * console.log(names.length)
 * ```
 * @see PostgreSQL manual, SET TRANSACTION, READ ONLY
 */
export interface ReadSession<DB>
  extends
    ReadQueries<DB>,
    Pick<
      Session<DB>,
      | 'id'
      | 'state'
      | 'info'
      | 'signal'
      | 'inTransaction'
      | 'execute'
      | 'get'
      | 'getOne'
      | 'refresh'
      | 'expire'
      | 'expunge'
      | 'expungeAll'
      | 'contains'
      | 'commit'
      | 'rollback'
      | 'reset'
      | 'invalidate'
      | 'close'
      | 'abort'
    >,
    AsyncDisposable {}
