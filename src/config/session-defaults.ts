import { MAX_MILLIS, OptionsReader } from './options-reader.js'

/**
 * What every session starts with.
 *
 * @example
 * ```ts
 * import type { SessionDefaults } from 'async-database'
 *
 * export const session: SessionDefaults = { statementTimeoutMillis: 5_000 }
 * ```
 */
export interface SessionDefaults {
  /**
   * Longest time the server works on one statement, in milliseconds (1 … 2³¹−1); 0 switches the limit off.
   *
   * @defaultValue 30_000
   */
  readonly statementTimeoutMillis?: number | undefined
  /**
   * Longest time a transaction waits for its next statement before the server ends the connection, in milliseconds
   * (1 … 2³¹−1); 0 switches the limit off.
   *
   * @defaultValue 30_000
   */
  readonly idleInTransactionTimeoutMillis?: number | undefined
}

/** {@link SessionDefaults} with every default filled in. */
export interface ResolvedSessionDefaults {
  /** Longest time the server works on one statement, in milliseconds; 0 is off. */
  readonly statementTimeoutMillis: number
  /** Longest time a transaction waits for its next statement, in milliseconds; 0 is off. */
  readonly idleInTransactionTimeoutMillis: number
}

const TIMEOUT = { min: 0, max: MAX_MILLIS, fallback: 30_000 }

const KEYS = [
  'statementTimeoutMillis',
  'idleInTransactionTimeoutMillis',
] as const satisfies readonly (keyof SessionDefaults)[]

/**
 * Checks {@link SessionDefaults} and fills in the defaults. Pure; performs no I/O.
 *
 * @param options - What the caller passed as `session`.
 * @returns Frozen options.
 * @throws {@link ConfigurationError} if a key is unknown or a value has the wrong type or range.
 */
export function resolveSessionDefaults(options: unknown): ResolvedSessionDefaults {
  const reader = new OptionsReader(options, KEYS, 'session')
  return Object.freeze({
    statementTimeoutMillis: reader.integer('statementTimeoutMillis', TIMEOUT),
    idleInTransactionTimeoutMillis: reader.integer('idleInTransactionTimeoutMillis', TIMEOUT),
  })
}
