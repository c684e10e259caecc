import type {
  ConnectionProvider,
  DatabaseConnection,
  DialectAdapter,
  KyselyProps,
  QueryCompiler,
  QueryExecutorProvider,
  QueryResult,
} from 'kysely'
import { kyselyAdapter } from '../engine/kysely-dialect.js'
import { compiledQuery, type ExecutableQuery } from './executable-query.js'
import { PreparedQuery } from './prepared-query.js'
import { Result } from './result.js'
import { SavepointStack } from './savepoint-stack.js'
import type { SessionContext } from './session-context.js'
import { SessionDriver } from './session-driver.js'
import { SessionExecutor, type SessionExecutorParts } from './session-executor.js'
import { SessionLife } from './session-life.js'
import { SessionParts } from './session-parts.js'
import type { SessionState } from './session-state.js'
import type { StatementRunner } from './statement-runner.js'
import { TransactionEnd } from './transaction-end.js'

let lastSession = 0

/**
 * A session before it is a Kysely: the executor and the driver through which its parts are reached. Those are made when
 * something is first asked of them, so that a session which is only opened and closed pays for none; and what is run
 * alone needs no Kysely. Making it does no I/O.
 *
 * @internal
 */
export class SessionShell implements SessionExecutorParts, QueryExecutorProvider {
  readonly context: SessionContext
  readonly executor: SessionExecutor
  readonly #number = ++lastSession
  #session: unknown
  #life: SessionLife | undefined
  /** It was closed before it had any parts. */
  #end: TransactionEnd | undefined

  constructor(context: SessionContext) {
    this.context = context
    this.executor = new SessionExecutor(this, context.queries.plugins)
  }

  /** Makes what a Kysely on this session is made with. */
  get kysely(): KyselyProps {
    const { config, dialect } = this.context.queries
    // Kysely freezes a copy. Node 20 makes a new hidden class for each, 0.6 µs, unless what was copied is frozen.
    return Object.freeze({ config, dialect, driver: new SessionDriver(this), executor: this.executor })
  }

  /**
   * Says whose shell it is. To be called once, before anything is asked of it.
   *
   * @param session - What hooks of objects are called with.
   */
  open(session: unknown): void {
    this.#session = session
    // Its time runs from now on.
    if (this.context.plan.hasDeadline) this.#furnish()
  }

  /** Names the session; unique in this process. */
  get id(): string {
    return `session-${this.#number}`
  }

  get state(): SessionState {
    return this.#life?.state ?? (this.#end === undefined ? 'idle' : 'closed')
  }

  /** How its transactions begin and end. */
  get life(): SessionLife {
    return this.#life ?? this.#furnish()
  }

  /** What it is made of. */
  get parts(): SessionParts {
    return this.life.parts
  }

  get runner(): StatementRunner {
    return this.life.parts.runner
  }

  getExecutor(): SessionExecutor {
    return this.executor
  }

  get adapter(): DialectAdapter {
    return kyselyAdapter
  }

  get compiler(): QueryCompiler {
    return this.context.queries.compiler
  }

  get connectionProvider(): ConnectionProvider {
    return this
  }

  /** Whatever Kysely derives from the session (withSchema, withPlugin …) begins its transactions through here. */
  provideConnection<T>(consumer: (connection: DatabaseConnection) => Promise<T>): Promise<T> {
    const { parts } = this
    return SavepointStack.run(parts.nested.stack.scope('kysely'), () => consumer(parts.connection()))
  }

  /** Runs a query that is not run by its own builder. */
  async execute<R>(
    query: ExecutableQuery<R> | PreparedQuery<never, never, R>,
    parameters: Readonly<Record<string, unknown>> = {},
  ): Promise<Result<R>> {
    const { executor } = this
    const result: QueryResult<unknown> & { readonly rowCount?: number | null } =
      query instanceof PreparedQuery
        ? await executor.executePrepared(query, this.context.queries, parameters)
        : await executor.executeQuery(compiledQuery(query, this))
    return new Result(result.rows as R[], result.rowCount ?? null)
  }

  close(): Promise<void> {
    if (this.#life !== undefined) return this.#life.close()
    this.#end ??= new TransactionEnd('closed')
    return Promise.resolve()
  }

  #furnish(): SessionLife {
    const { context } = this
    const parts = new SessionParts(context, this.id, this.#session)
    this.#life = new SessionLife(context.engine, context.plan, parts)
    if (this.#end !== undefined) parts.conversation.shut(this.#end)
    return this.#life
  }
}
