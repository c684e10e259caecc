import type { QueryResult } from 'kysely'
import { compiledStatement } from './compiled-statement.js'
import { compiledQuery, type ExecutableQuery } from './executable-query.js'
import { HookedSession } from './hooked-session.js'
import { PreparedQuery } from './prepared-query.js'
import type { Result } from './result.js'
import { RowStream } from './row-stream.js'
import { ServerCursor } from './server-cursor.js'

/** How a stream reads. */
export interface StreamOptions {
  /**
   * Rows that are fetched at a time (from 1). Twice as many are held at most.
   *
   * @defaultValue 500
   */
  readonly chunkSize?: number | undefined
}

const CHUNK_SIZE = 500

/** The part of a session that runs queries which are not run by their own builders. */
export abstract class StatementSession<DB> extends HookedSession<DB> {
  /**
   * Runs one statement and gives its rows as a {@link Result}, with the words of SQLAlchemy: `one`, `scalars` …
   *
   * @param query - A query builder, a `sql` template or a compiled query; not text, which might come from a request.
   * @returns The rows.
   * @throws {@link PendingRollbackError} if an earlier statement of the transaction failed.
   * @throws {@link QueryError} if the server refused it.
   * @throws {@link UsageError} if it is none of these, or a parameter can't be sent.
   */
  execute<R>(query: ExecutableQuery<R>): Promise<Result<R>>
  /**
   * Runs a query of {@link prepareQuery} with values for its parameters.
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
    return this.shell.execute(query, parameters)
  }

  /**
   * Reads a query's rows one after the other through a cursor on the server, some at a time, inside the session's
   * transaction. The next rows are fetched while the caller works on these.
   *
   * I/O begins with the first row that is asked for; BEGIN and the cursor's declaration leave with the first fetch.
   * `break`, and an error in the loop, end the cursor; so does the end of the transaction, and then reading on fails.
   * Kysely's plugins that change results are not applied.
   *
   * @param query - A select: a query builder, a `sql` template or a compiled query.
   * @param options - How many rows at a time.
   * @returns The rows, for one `for await` loop.
   * @throws {@link ConfigurationError} if `chunkSize` is no whole number from 1.
   * @throws {@link SessionStateError} while reading, if the transaction ended meanwhile.
   * @throws {@link QueryError} while reading, if the server refused it.
   * @example
   * ```ts run
   * await using session = database.session()
   * const people = session.selectFrom('person').select(['id', 'name'])
   * for await (const person of session.stream(people, { chunkSize: 1_000 })) {
   *   if (person.name === 'Ada') break
   * }
   * ```
   * @see PostgreSQL manual, DECLARE and FETCH
   */
  stream<R>(query: ExecutableQuery<R>, options?: StreamOptions): AsyncIterableIterator<R, void, void>
  /**
   * Reads the rows of a query of {@link prepareQuery}.
   *
   * @param query - The prepared query.
   * @param parameters - A value for each of its parameters.
   * @param options - How many rows at a time.
   * @returns The rows, for one `for await` loop.
   */
  stream<Parameters, R>(
    query: PreparedQuery<DB, Parameters, R>,
    parameters: NoInfer<Parameters>,
    options?: StreamOptions,
  ): AsyncIterableIterator<R, void, void>
  stream<R>(
    query: ExecutableQuery<R> | PreparedQuery<DB, never, R>,
    second?: StreamOptions | Readonly<Record<string, unknown>>,
    third?: StreamOptions,
  ): AsyncIterableIterator<R, void, void> {
    const { executor, context } = this.shell
    const { queries } = context
    const { runner, isAutocommit } = this.parts
    const isPrepared = query instanceof PreparedQuery
    const { chunkSize = CHUNK_SIZE } = (isPrepared ? third : (second as StreamOptions | undefined)) ?? {}
    const values = (second ?? {}) as Readonly<Record<string, unknown>>
    if (isAutocommit) {
      const compiled = isPrepared ? query.bound(queries, values) : compiledQuery(query, this)
      return rowsOf(executor.stream(compiled, chunkSize) as AsyncIterable<QueryResult<R>>)
    }
    const next = isPrepared ? query.statement(queries, values) : compiledStatement(compiledQuery(query, this))
    return new RowStream<R>(new ServerCursor<R>(runner, next, chunkSize))
  }
}

async function* rowsOf<R>(chunks: AsyncIterable<QueryResult<R>>): AsyncGenerator<R, void, void> {
  for await (const { rows } of chunks) yield* rows
}
