import type { ResolvedOptions } from '../config/async-database-options.js'
import type { Logger } from '../config/logger.js'
import { serverSettings } from '../config/server-settings.js'
import type { ConnectionSourceOptions } from '../postgres/connection-source.js'
import { AnswerWatch } from './answer-watch.js'
import { askCapacity, capacityAdvice } from './capacity-advice.js'
import { CommitResolver } from './commit-resolver.js'
import { ConnectionPool } from './connection-pool.js'
import type { EngineEvents } from './engine-events.js'
import { EventHub } from './event-hub.js'
import type { Lease } from './lease.js'
import { PoolReporter } from './pool-reporter.js'
import type { PoolStats } from './pool-stats.js'
import { guardedLogger } from './guarded-logger.js'
import { StatementLog } from './statement-log.js'
import type { Waiter } from './waiter.js'

const STATEMENT_CACHE_SIZE = 256

/** TCP, TLS and SCRAM take five round trips; a server may be an ocean away. */
const MIN_ATTEMPT_MILLIS = 1_000

/**
 * Owner of the connections: one for each database that a process talks to, made once and kept.
 *
 * Made by `AsyncDatabase`; making it does no I/O.
 *
 * @example
 * ```ts
 * database.engine.on('roundTrip', ({ statements, durationMillis }) => {
 *   console.log(statements.join('; '), durationMillis)
 * })
 * ```
 */
export class Engine {
  /** The checked options it was made with. */
  readonly options: ResolvedOptions
  /** The logger of the options; without one it is silent. What it throws is dropped. */
  readonly logger: Logger
  /** Finds out what became of a COMMIT without an answer. @internal */
  readonly commitResolver: CommitResolver | undefined
  /** Limits the waits for answers. @internal */
  readonly answerWatch: AnswerWatch
  readonly #pool: ConnectionPool
  readonly #events: EventHub
  readonly #reporter: PoolReporter

  /** @internal */
  constructor(options: ResolvedOptions, stream?: ConnectionSourceOptions['stream']) {
    this.options = options
    this.logger = guardedLogger(options.logger)
    this.#events = new EventHub(this, (error, event) => {
      this.logger.error({ err: error, event }, 'a listener of the engine failed')
    })
    this.#reporter = new PoolReporter(this.#events, this.logger, new StatementLog(options, this.logger))
    this.answerWatch = new AnswerWatch(options.pooler === undefined ? 0 : options.pool.acquireTimeoutMillis)
    // A pooler's client connections keep nothing.
    const verifyReset = options.pool.verifyReset && options.pooler === undefined
    this.#pool = new ConnectionPool(
      { ...options.pool, verifyReset },
      { ...sourceOptions(options), stream },
      this.#reporter,
    )
    const { resolveCommitMillis } = options.session
    if (resolveCommitMillis > 0) {
      this.commitResolver = new CommitResolver({
        timeoutMillis: resolveCommitMillis,
        isPooled: options.pooler === 'transaction',
        acquire: (signal) => this.acquire(undefined, signal),
      })
    }
  }

  /**
   * Listens to the engine. The listener runs in the async context of this call; what it throws is logged, never thrown.
   *
   * The same events are published on `node:diagnostics_channel`, for all engines of the process.
   *
   * @param event - One of {@link EngineEvents}.
   * @param listener - Called synchronously; keep it short.
   * @returns A function that ends this listening.
   */
  on<Name extends keyof EngineEvents>(
    event: Name,
    listener: (...values: EngineEvents[Name]) => unknown,
  ): () => void {
    return this.#events.on(event, listener)
  }

  /**
   * The pool's figures now. No I/O.
   *
   * @returns A frozen snapshot.
   */
  stats(): PoolStats {
    return this.#pool.stats()
  }

  /**
   * Refuses new work and those who wait for a connection at once, lets holders go on for a while, then closes all.
   *
   * @param options - `graceMillis`: how long holders may go on, in milliseconds. Default 10,000.
   * @returns When every connection is closed; the same promise for every call. Never rejects.
   */
  dispose(options: { readonly graceMillis?: number | undefined } = {}): Promise<void> {
    this.#reporter.stop()
    return this.#pool.close(options.graceMillis ?? 10_000)
  }

  /** The server's version, such as 170004, as the connection that was opened last was told. @internal */
  get serverVersion(): number | undefined {
    return this.#reporter.serverVersion
  }

  /**
   * Warns in the log if the pool, with those of the other instances, may need more connections than the server has.
   * One round trip, and none without a logger. @internal
   */
  async adviseOnCapacity(lease: Lease): Promise<void> {
    // Behind a transaction pooler the connections that the server counts are the pooler's.
    if (this.options.logger === undefined || this.options.pooler !== undefined) return
    const capacity = await askCapacity(lease)
    const { inUse, idle, pending } = this.stats()
    const advice = capacity && capacityAdvice(this.options, capacity, inUse + idle + pending - 1)
    if (advice !== undefined) this.logger.warn({ ...capacity }, advice)
  }

  /** Lends a connection; see {@link ConnectionPool.enqueue} for how it fails. @internal */
  acquire(sessionId?: string, signal?: AbortSignal): Promise<Lease> {
    return new Promise((resolve, reject) => {
      this.#pool.enqueue({ sessionId, needsProof: true, onLease: resolve, onError: reject }, signal)
    })
  }

  /** Says which session is in scope where a connection is asked for; it helps to find deadlocks. @internal */
  set sessionInScope(find: () => string | undefined) {
    this.#pool.sessionInScope = find
  }

  /** @internal */
  enqueue(waiter: Waiter): void {
    this.#pool.enqueue(waiter)
  }

  /** @internal */
  withdraw(waiter: Waiter): void {
    this.#pool.withdraw(waiter)
  }
}

function sourceOptions(options: ResolvedOptions): Omit<ConnectionSourceOptions, 'maxConnections' | 'lifo'> {
  const { connection, pool } = options
  const isPooled = options.pooler === 'transaction'
  const password = connection.password?.reveal()
  return {
    servers: connection.hosts.map((host, index) => ({
      ...host,
      requireAuth: connection.requireAuth[index] ?? [],
    })),
    targetSessionAttrs: connection.targetSessionAttrs,
    loadBalanceHosts: connection.loadBalanceHosts,
    isBindingRequired: connection.channelBinding === 'require',
    maxMessageBytes: connection.maxMessageBytes,
    user: connection.user,
    database: connection.database,
    password: typeof password === 'function' ? password : () => password,
    startupSettings: {
      application_name: connection.applicationName,
      ...(isPooled ? undefined : serverSettings(options)),
    },
    // Later than those who wait for it give up, so that they are told so, with the pool's figures.
    connectTimeoutMillis: connection.connectTimeoutMillis ?? attemptMillis(options),
    idleTimeoutMillis: pool.idleTimeoutMillis,
    // Behind a transaction pooler the next transaction may meet a server that has never heard of them (E17).
    statementCacheSize: isPooled ? 0 : STATEMENT_CACHE_SIZE,
    isPooled,
  }
}

/** With one server later than those who wait for it give up; with several each has its share of their patience. */
function attemptMillis({ connection, pool }: ResolvedOptions): number {
  const { length } = connection.hosts
  return length === 1
    ? pool.acquireTimeoutMillis + 1_000
    : Math.max(MIN_ATTEMPT_MILLIS, Math.floor(pool.acquireTimeoutMillis / (length + 1)))
}
