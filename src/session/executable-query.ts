import type { CompiledQuery, QueryExecutorProvider } from 'kysely'
import { UsageError } from '../errors/usage-error.js'

/** What Kysely can compile: a query builder or a `sql` template. */
export interface CompilableQuery<R> {
  /** Makes the SQL and its parameters. No I/O. */
  compile(executorProvider: QueryExecutorProvider): CompiledQuery<R>
}

/** What `session.execute()` runs: a query builder, a `sql` template, or a compiled query. */
export type ExecutableQuery<R> = CompiledQuery<R> | CompilableQuery<R>

/**
 * Compiles a query for one session; a compiled one is taken as it is. Pure.
 *
 * Anything else is refused at run time too: with `query(request.body.q)` a client could send a statement of its own as
 * an object that looks like a compiled query (E10, S10), so that must have come from Kysely.
 *
 * @throws {@link UsageError} for anything else.
 * @internal
 */
export function compiledQuery<R>(
  query: ExecutableQuery<R>,
  provider: QueryExecutorProvider,
): CompiledQuery<R> {
  const given: unknown = query
  if (typeof given === 'object' && given !== null) {
    if ('compile' in given && typeof given.compile === 'function') {
      return (query as { compile(executorProvider: QueryExecutorProvider): CompiledQuery<R> }).compile(
        provider,
      )
    }
    // Kysely freezes what it compiles, with the tree it came from; what JSON.parse makes has neither.
    if ('sql' in given && 'query' in given && 'parameters' in given && Object.isFrozen(given)) {
      return query as CompiledQuery<R>
    }
  }
  throw new UsageError({
    message: `execute() was given ${given === null ? 'null' : `a ${typeof given}`} that is no query`,
    hint: 'Pass a query builder, a sql template or a compiled query. SQL text goes through sql`…` or sql.raw().',
  })
}
