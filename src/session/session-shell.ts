import type {
  ConnectionProvider,
  DatabaseConnection,
  DialectAdapter,
  KyselyProps,
  QueryCompiler,
} from 'kysely'
import { kyselyAdapter } from '../engine/kysely-dialect.js'
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
 * A session as Kysely sees it: the executor and the driver through which its parts are reached. Those are made when
 * something is first asked of them, so that a session which is only opened and closed pays for none. No I/O.
 *
 * @internal
 */
export class SessionShell implements SessionExecutorParts {
  readonly context: SessionContext
  readonly executor: SessionExecutor
  readonly kysely: KyselyProps
  readonly #number = ++lastSession
  #session: unknown
  #life: SessionLife | undefined
  /** It was closed before it had any parts. */
  #end: TransactionEnd | undefined

  constructor(context: SessionContext) {
    const { queries } = context
    this.context = context
    this.executor = new SessionExecutor(this, queries.plugins)
    const { config, dialect } = queries
    // Kysely freezes a copy. Node 20 makes a new hidden class for each, 0.6 µs, unless what was copied is frozen.
    this.kysely = Object.freeze({ config, dialect, driver: new SessionDriver(this), executor: this.executor })
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
