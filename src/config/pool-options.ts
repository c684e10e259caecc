import { MAX_MILLIS, OptionsReader, type IntegerRule } from './options-reader.js'

/**
 * How many connections there are, and how long they and their borrowers live.
 *
 * @example
 * ```ts
 * import type { PoolOptions } from 'async-database'
 *
 * export const pool: PoolOptions = { size: 20, maxOverflow: 0, acquireTimeoutMillis: 2_000 }
 * ```
 */
export interface PoolOptions {
  /**
   * Connections the pool keeps (1 … 10_000).
   *
   * @defaultValue 10
   */
  readonly size?: number | undefined
  /**
   * Further connections it may open under load, closed when idle (0 … 10_000).
   *
   * @defaultValue 5
   */
  readonly maxOverflow?: number | undefined
  /**
   * Longest wait for a connection, connecting and pre-ping included, in milliseconds (1 … 2³¹−1).
   *
   * @defaultValue 5_000
   */
  readonly acquireTimeoutMillis?: number | undefined
  /**
   * Callers that may wait at once; one more is refused immediately (0 … 1_000_000).
   *
   * @defaultValue 1_000
   */
  readonly maxWaiters?: number | undefined
  /**
   * How long a connection may lie idle before it is closed, in milliseconds (1 … 2³¹−1); 0 keeps it for ever.
   *
   * @defaultValue 30_000
   */
  readonly idleTimeoutMillis?: number | undefined
  /**
   * Age at which a connection is replaced once it is free, in milliseconds (1 … 2³¹−1); 0 never replaces it.
   *
   * @defaultValue 1_800_000
   */
  readonly recycleMillis?: number | undefined
  /**
   * Whether a connection that lay idle is proved alive before it serves. Costs no round trip in a transaction.
   *
   * @defaultValue true
   */
  readonly prePing?: boolean | undefined
  /**
   * How long a connection may lie idle before it is tested for work outside sessions, such as `database.kysely`, in
   * milliseconds (0 … 2³¹−1). That test is a round trip; a session needs none, its BEGIN is the test.
   *
   * @defaultValue 500
   */
  readonly prePingIdleMillis?: number | undefined
  /**
   * Whether the connection that was used last is lent first. So the others fall idle and are closed when the load
   * goes down; `false` uses all in turn, which spreads them over what stands behind a load balancer.
   *
   * @defaultValue true
   */
  readonly lifo?: boolean | undefined
  /**
   * How long a connection may be held before that is logged, with the place in the program that asked for it, in
   * milliseconds (1 … 2³¹−1); 0 switches this off.
   *
   * @defaultValue 0
   */
  readonly leakDetectionMillis?: number | undefined
  /**
   * Whether every connection is looked over when it comes back: for settings, advisory locks, temporary tables and the
   * like that its session has left without its statements telling, such as those that a function of the database sets.
   * They are taken away, and logged at `warn` with the statement. For development: it costs a round trip each time.
   * Without effect behind a pooler, where connections keep nothing.
   *
   * @defaultValue false
   */
  readonly verifyReset?: boolean | undefined
  /**
   * How many instances of the program share the server, for the warning at start that they may need more connections
   * than it has (1 … 100_000).
   *
   * @defaultValue not known: the connections that the others have at that moment are counted
   */
  readonly instances?: number | undefined
}

/** {@link PoolOptions} with every default filled in. */
export interface ResolvedPoolOptions {
  /** Connections the pool keeps. */
  readonly size: number
  /** Further connections it may open under load. */
  readonly maxOverflow: number
  /** Longest wait for a connection, in milliseconds. */
  readonly acquireTimeoutMillis: number
  /** Callers that may wait at once. */
  readonly maxWaiters: number
  /** How long a connection may lie idle, in milliseconds; 0 for ever. */
  readonly idleTimeoutMillis: number
  /** Age at which a connection is replaced, in milliseconds; 0 never. */
  readonly recycleMillis: number
  /** Whether a connection that lay idle is proved alive before it serves. */
  readonly prePing: boolean
  /** How long a connection may lie idle before it is tested for work outside sessions, in milliseconds. */
  readonly prePingIdleMillis: number
  /** Whether the connection that was used last is lent first. */
  readonly lifo: boolean
  /** How long a connection may be held before that is logged, in milliseconds; 0 is off. */
  readonly leakDetectionMillis: number
  /** Whether every connection is looked over when it comes back. */
  readonly verifyReset: boolean
  /** How many instances of the program share the server; 0 where that is not known. */
  readonly instances: number
}

const RULES = {
  size: { min: 1, max: 10_000, fallback: 10 },
  maxOverflow: { min: 0, max: 10_000, fallback: 5 },
  acquireTimeoutMillis: { min: 1, max: MAX_MILLIS, fallback: 5_000 },
  maxWaiters: { min: 0, max: 1_000_000, fallback: 1_000 },
  idleTimeoutMillis: { min: 0, max: MAX_MILLIS, fallback: 30_000 },
  recycleMillis: { min: 0, max: MAX_MILLIS, fallback: 1_800_000 },
  prePingIdleMillis: { min: 0, max: MAX_MILLIS, fallback: 500 },
  leakDetectionMillis: { min: 0, max: MAX_MILLIS, fallback: 0 },
  instances: { min: 1, max: 100_000, fallback: 0 },
} as const satisfies Record<string, IntegerRule>

const KEYS = [...(Object.keys(RULES) as (keyof typeof RULES)[]), 'prePing', 'lifo', 'verifyReset'] as const

/**
 * Checks {@link PoolOptions} and fills in the defaults. Pure; performs no I/O.
 *
 * @param options - What the caller passed as `pool`.
 * @returns Frozen options.
 * @throws {@link ConfigurationError} if a key is unknown or a value has the wrong type or range.
 */
export function resolvePoolOptions(options: unknown): ResolvedPoolOptions {
  const reader = new OptionsReader(options, KEYS, 'pool')
  return Object.freeze({
    size: reader.integer('size', RULES.size),
    maxOverflow: reader.integer('maxOverflow', RULES.maxOverflow),
    acquireTimeoutMillis: reader.integer('acquireTimeoutMillis', RULES.acquireTimeoutMillis),
    maxWaiters: reader.integer('maxWaiters', RULES.maxWaiters),
    idleTimeoutMillis: reader.integer('idleTimeoutMillis', RULES.idleTimeoutMillis),
    recycleMillis: reader.integer('recycleMillis', RULES.recycleMillis),
    prePing: reader.boolean('prePing', true),
    prePingIdleMillis: reader.integer('prePingIdleMillis', RULES.prePingIdleMillis),
    lifo: reader.boolean('lifo', true),
    leakDetectionMillis: reader.integer('leakDetectionMillis', RULES.leakDetectionMillis),
    verifyReset: reader.boolean('verifyReset', false),
    instances: reader.integer('instances', RULES.instances),
  })
}
