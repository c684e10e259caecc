/**
 * Where the package writes. `console` fits, and so do pino and Fastify's `request.log`.
 *
 * @example
 * ```ts
 * import type { Logger } from 'async-database'
 *
 * export const quiet: Logger = { debug() {}, info() {}, warn: console.warn, error: console.error }
 * ```
 */
export interface Logger {
  /** Statements, when `echo` is on. */
  debug(fields: object, message: string): void
  /** Life of the pool and of the initializer. */
  info(fields: object, message: string): void
  /** Slow statements, leaks, sessions closed with uncommitted work. */
  warn(fields: object, message: string): void
  /** Failures that no caller is there to receive. */
  error(fields: object, message: string): void
}

/** The methods a {@link Logger} must have. */
export const LOGGER_METHODS = ['debug', 'info', 'warn', 'error'] as const satisfies readonly (keyof Logger)[]
