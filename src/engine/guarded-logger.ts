import { LOGGER_METHODS, type Logger } from '../config/logger.js'

/**
 * A logger whose failures stay its own: a full disk under the log must not end a transaction, or the process, for the
 * pool writes from the socket's handlers (I-CRASH). Without a logger nothing is written.
 *
 * @internal
 */
export function guardedLogger(logger: Logger | undefined): Logger {
  const guarded = LOGGER_METHODS.map((method) => [
    method,
    (fields: object, message: string): void => {
      try {
        const returned: unknown = logger?.[method](fields, message)
        if (returned instanceof Promise) returned.catch(() => undefined)
      } catch {
        // There is nowhere left to say so.
      }
    },
  ])
  return Object.freeze(Object.fromEntries(guarded) as unknown as Logger)
}
