import type { ErrorCode } from './error-codes.js'

/** What every error of the package is built from; each class adds its own fields. */
export interface DatabaseErrorInit {
  /** What happened, the value met and what was expected. Never a parameter, a row value or a password. */
  readonly message: string
  /** What the reader should do next. Printed after the code. */
  readonly hint?: string | undefined
  /** Facts for a log line. Never a parameter, a row value or a password. */
  readonly context?: Readonly<Record<string, unknown>> | undefined
  /** The original error, untouched. */
  readonly cause?: unknown
  /** The five characters PostgreSQL classifies its errors by, when the server spoke. */
  readonly sqlState?: string | undefined
}

/** Registered globally, so that two copies of the package in one process recognise each other's errors. */
const BRAND = Symbol.for('async-database.DatabaseError')

/**
 * The root of every error this package throws.
 *
 * `message` reads: what happened, the code in brackets, the hint. The class says what to do next: fix the program
 * ({@link UsageError}), fix the world or wait ({@link OperationalError}), handle what the server refused
 * ({@link QueryError}), or decide about the transaction ({@link TransactionError}).
 *
 * @example
 * ```ts
 * import { DatabaseError } from 'async-database'
 *
 * export function describe(error: unknown): string {
 *   return DatabaseError.is(error) ? `${error.code}: ${error.hint ?? error.message}` : String(error)
 * }
 * ```
 * @see docs/reference/errors.md
 */
export class DatabaseError extends Error {
  /** The stable code of the class; an instance repeats it in {@link DatabaseError.code}. */
  static readonly code: ErrorCode = 'DATABASE_ERROR'

  /** A literal, because minifiers rename classes. */
  static override readonly name: string = 'DatabaseError'

  static {
    Object.defineProperty(this.prototype, BRAND, { value: true })
  }

  /** Stable across versions: compare against this, not against the message. */
  readonly code: ErrorCode
  /** What to do next, when it is known. */
  readonly hint: string | undefined
  /** Facts about the failure, frozen. */
  readonly context: Readonly<Record<string, unknown>>
  /** PostgreSQL's SQLSTATE, when the server spoke. */
  readonly sqlState: string | undefined
  /** Failures of the clean-up that followed this error, oldest first. The first error wins; the others are kept here. */
  readonly suppressed: unknown[] = []

  constructor(init: DatabaseErrorInit) {
    const { code, name } = new.target
    const text = `${init.message} [${code}]`
    super(
      init.hint === undefined ? text : `${text} ${init.hint}`,
      init.cause === undefined ? undefined : init,
    )
    Object.defineProperty(this, 'name', { value: name, configurable: true, writable: true })
    this.code = code
    this.hint = init.hint
    this.context = Object.freeze({ ...init.context })
    this.sqlState = init.sqlState
  }

  /** Whether running the whole transaction again is provably safe and may succeed. */
  get isRetryable(): boolean {
    return false
  }

  /**
   * Tells whether a value is an error of this class, also when it comes from another copy of the package,
   * where `instanceof` would answer false. Never throws.
   *
   * @param value - Anything, usually what a `catch` received.
   * @returns True for an instance of the class it is called on, or of a class below it.
   * @example
   * ```ts
   * import { UniqueViolationError } from 'async-database'
   *
   * export function isTaken(error: unknown): boolean {
   *   return UniqueViolationError.is(error) && error.columns.includes('email')
   * }
   * ```
   */
  static is<Instance extends DatabaseError>(
    this: (abstract new (init: never) => Instance) & { readonly code: ErrorCode },
    value: unknown,
  ): value is Instance {
    if (typeof value !== 'object' || value === null || !(BRAND in value)) return false
    for (
      let link: unknown = Object.getPrototypeOf(value);
      link !== null;
      link = Object.getPrototypeOf(link)
    ) {
      const type: unknown = (link as { readonly constructor?: unknown }).constructor
      if (typeof type === 'function' && Reflect.get(type, 'code') === this.code) return true
    }
    return false
  }
}

/**
 * The package met a state that it holds to be impossible: a defect of ours, never of the caller.
 *
 * @example
 * ```ts
 * import { InternalError } from 'async-database'
 *
 * export const error = new InternalError({ message: 'a lease was released by a session that never acquired it' })
 * error.message.startsWith('BUG: ') // true
 * ```
 */
export class InternalError extends DatabaseError {
  static override readonly code: ErrorCode = 'INTERNAL_ERROR'
  static override readonly name: string = 'InternalError'

  constructor(init: DatabaseErrorInit) {
    super({
      hint: 'Please report this with the stack; the connection involved should be considered lost.',
      ...init,
      message: `BUG: ${init.message}`,
    })
  }
}
