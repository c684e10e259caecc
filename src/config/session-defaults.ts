import { ConfigurationError } from '../errors/usage-error.js'
import type { OnNPlusOne } from './n-plus-one-report.js'
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
   * Longest time the server works on one statement, in milliseconds (1 … 2³¹−1); 0 switches the limit off. A connection
   * on which no answer has come 5 seconds after that is given up.
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
  /**
   * Longest wait for the answer to COMMIT, in milliseconds (1 … 2³¹−1). After it the connection is given up, and what
   * became of the transaction is found out on another one. 0 waits until the network says that the connection is gone,
   * which can take a quarter of an hour.
   *
   * @defaultValue 30_000
   */
  readonly commitTimeoutMillis?: number | undefined
  /**
   * Longest time spent on finding out what became of a transaction whose COMMIT was not answered, in milliseconds
   * (1 … 2³¹−1); see {@link CommitUnknownError.outcome}. It costs transactions that write a small statement more in a
   * round trip that they make anyway, and others nothing. 0 switches it off: every such outcome is `'unknown'` then.
   *
   * @defaultValue 5_000
   */
  readonly resolveCommitMillis?: number | undefined
  /**
   * Whether tracked objects lose their values when their transaction was committed: reading one throws
   * {@link LazyLoadError} until `refresh()`, or a load of its row, fills it in again. As in SQLAlchemy, for those who
   * would rather read anew than old.
   *
   * @defaultValue false
   */
  readonly expireOnCommit?: boolean | undefined
  /**
   * Whether what was added, changed and deleted is written before every query of the session, so that it sees that.
   *
   * @defaultValue false
   */
  readonly autoflush?: boolean | undefined
  /**
   * How many reading statements of one shape from one place a session may send in a transaction before that is reported,
   * once (0 … 2³¹−1); 0 switches it off, and it costs nothing then.
   *
   * @defaultValue 5, and 0 if `NODE_ENV` is `production`
   */
  readonly nPlusOneThreshold?: number | undefined
  /**
   * What becomes of such a report: a line in the log at `warn`, a {@link NPlusOneError} in place of the statement, or a
   * call.
   *
   * @defaultValue 'warn'
   */
  readonly onNPlusOne?: OnNPlusOne | undefined
}

/** {@link SessionDefaults} with every default filled in. */
export interface ResolvedSessionDefaults {
  /** Longest time the server works on one statement, in milliseconds; 0 is off. */
  readonly statementTimeoutMillis: number
  /** Longest time a transaction waits for its next statement, in milliseconds; 0 is off. */
  readonly idleInTransactionTimeoutMillis: number
  /** Longest wait for the answer to COMMIT, in milliseconds; 0 is no limit. */
  readonly commitTimeoutMillis: number
  /** Longest time spent on finding out what became of a COMMIT without an answer, in milliseconds; 0 is off. */
  readonly resolveCommitMillis: number
  /** Whether tracked objects lose their values when their transaction was committed. */
  readonly expireOnCommit: boolean
  /** Whether changes are written before every query. */
  readonly autoflush: boolean
  /** How many statements of one shape from one place are fine; 0 is off. */
  readonly nPlusOneThreshold: number
  /** What becomes of a report of more. */
  readonly onNPlusOne: OnNPlusOne
}

const TIMEOUT = { min: 0, max: MAX_MILLIS, fallback: 30_000 }
const RESOLVE = { min: 0, max: MAX_MILLIS, fallback: 5_000 }

const KEYS = [
  'statementTimeoutMillis',
  'idleInTransactionTimeoutMillis',
  'commitTimeoutMillis',
  'resolveCommitMillis',
  'expireOnCommit',
  'autoflush',
  'nPlusOneThreshold',
  'onNPlusOne',
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
    commitTimeoutMillis: reader.integer('commitTimeoutMillis', TIMEOUT),
    resolveCommitMillis: reader.integer('resolveCommitMillis', RESOLVE),
    expireOnCommit: reader.boolean('expireOnCommit', false),
    autoflush: reader.boolean('autoflush', false),
    nPlusOneThreshold: reader.integer('nPlusOneThreshold', {
      min: 0,
      max: MAX_MILLIS,
      fallback: process.env['NODE_ENV'] === 'production' ? 0 : 5,
    }),
    onNPlusOne: checkOnNPlusOne(reader.value('onNPlusOne')) ?? 'warn',
  })
}

/**
 * Checks the option `onNPlusOne`. Pure.
 *
 * @throws {@link ConfigurationError} if it is none of what it may be.
 * @internal
 */
export function checkOnNPlusOne(value: unknown): OnNPlusOne | undefined {
  if (value === undefined) return undefined
  if (value === 'warn' || value === 'throw' || typeof value === 'function') return value as OnNPlusOne
  throw new ConfigurationError({
    message: `session.onNPlusOne is ${JSON.stringify(value)}`,
    hint: "It must be 'warn', 'throw' or a function.",
  })
}
