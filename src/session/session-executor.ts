import {
  DefaultQueryExecutor,
  type CompiledQuery,
  type ConnectionProvider,
  type DialectAdapter,
  type KyselyPlugin,
  type QueryCompiler,
  type QueryResult,
} from 'kysely'
import type { Statement } from '../postgres/statement.js'
import type { StatementResult } from '../postgres/statement-result.js'
import { compiledStatement } from './compiled-statement.js'
import type { PreparedQuery } from './prepared-query.js'
import type { QuerySetup } from './query-setup.js'

/** What an executor is made of; plugins aside it is the same for all executors of one session. */
export interface SessionExecutorParts {
  readonly runner: { execute(next: Statement): Promise<StatementResult> }
  readonly adapter: DialectAdapter
  readonly compiler: QueryCompiler
  readonly connectionProvider: ConnectionProvider
}

/**
 * Kysely's executor without its layers of promises between the builder and the connection, which cost more than
 * building and compiling a small query together.
 *
 * @internal
 */
export class SessionExecutor extends DefaultQueryExecutor {
  readonly #parts: SessionExecutorParts

  constructor(parts: SessionExecutorParts, plugins: readonly KyselyPlugin[] = NO_PLUGINS) {
    super(parts.compiler, parts.adapter, parts.connectionProvider, plugins as KyselyPlugin[])
    this.#parts = parts
  }

  override async executeQuery<R>(
    query: CompiledQuery,
    options?: { readonly signal?: AbortSignal },
  ): Promise<QueryResult<R>> {
    if (options?.signal !== undefined) {
      // Kysely 0.29's abort options: its own executor knows how, through the connection provider.
      const execute = super.executeQuery.bind(this) as (
        query: CompiledQuery,
        options: object,
      ) => Promise<QueryResult<R>>
      return await execute(query, options)
    }
    try {
      const result = await this.#parts.runner.execute(compiledStatement(query))
      return (this.plugins.length === 0 ? result : await this.#transform(result, query)) as QueryResult<R>
    } catch (error) {
      throw withCallersStack(error)
    }
  }

  /** Runs a prepared query: the way of a statement, without what is only needed to get to its text. */
  async executePrepared(
    query: PreparedQuery<never, never, unknown>,
    setup: QuerySetup,
    parameters: Readonly<Record<string, unknown>>,
  ): Promise<StatementResult> {
    try {
      const result = await this.#parts.runner.execute(query.statement(setup, parameters))
      if (this.plugins.length === 0) return result
      return (await this.#transform(result, query.compiledFor(setup))) as StatementResult
    } catch (error) {
      throw withCallersStack(error)
    }
  }

  override withPlugins(plugins: readonly KyselyPlugin[]): SessionExecutor {
    return new SessionExecutor(this.#parts, [...this.plugins, ...plugins])
  }

  override withPlugin(plugin: KyselyPlugin): SessionExecutor {
    return new SessionExecutor(this.#parts, [...this.plugins, plugin])
  }

  override withPluginAtFront(plugin: KyselyPlugin): SessionExecutor {
    return new SessionExecutor(this.#parts, [plugin, ...this.plugins])
  }

  override withoutPlugins(): SessionExecutor {
    return new SessionExecutor(this.#parts)
  }

  override withConnectionProvider(provider: ConnectionProvider): DefaultQueryExecutor {
    const { compiler, adapter } = this.#parts
    return new DefaultQueryExecutor(compiler, adapter, provider, [...this.plugins])
  }

  async #transform(answer: QueryResult<unknown>, query: CompiledQuery): Promise<QueryResult<unknown>> {
    let result = answer as QueryResult<Record<string, unknown>>
    for (const plugin of this.plugins) {
      result = await plugin.transformResult({ result, queryId: query.queryId })
    }
    return result
  }
}

/**
 * An error that came from the socket has a stack without the caller. Here, behind an `await`, V8 knows who waits, and
 * it costs nothing unless something failed.
 */
function withCallersStack(error: unknown): unknown {
  if (!(error instanceof Error)) return error
  const here: { stack?: string } = {}
  Error.captureStackTrace(here, withCallersStack)
  const frames = here.stack?.split('\n').slice(1).join('\n') ?? ''
  error.stack = `${error.name}: ${error.message}\n${frames}`
  return error
}

const NO_PLUGINS: readonly KyselyPlugin[] = Object.freeze([])
