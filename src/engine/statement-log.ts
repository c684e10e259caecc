import type { ResolvedOptions } from '../config/async-database-options.js'
import type { Logger } from '../config/logger.js'
import type { StatementGroup } from '../postgres/statement-group.js'
import type { RoundTripEvent } from './engine-events.js'

/**
 * Writes statements to the given logger: all of them with `echo`, else those slower than `slowQueryMillis`.
 * Their parameters only with `hideParameters: false`.
 *
 * @internal
 */
export class StatementLog {
  readonly #options: ResolvedOptions
  readonly #logger: Logger

  constructor(options: ResolvedOptions, logger: Logger) {
    this.#options = options
    this.#logger = logger
  }

  /** Whether anything would ever be written. */
  get isOn(): boolean {
    const { logger, echo, slowQueryMillis } = this.#options
    return logger !== undefined && (echo || slowQueryMillis > 0)
  }

  write(event: RoundTripEvent, group: StatementGroup): void {
    const { echo, slowQueryMillis, hideParameters } = this.#options
    const { error, ...fields } = event
    const parameters = hideParameters ? undefined : group.statements.map((statement) => statement.values)
    const line = {
      ...fields,
      // Its detail and its cause may hold row values, which a JSON logger would print (S8).
      ...(error && {
        err: { name: error.name, code: error.code, sqlState: error.sqlState, message: error.message },
      }),
      ...(parameters && { parameters }),
    }
    const isSlow = slowQueryMillis > 0 && event.durationMillis >= slowQueryMillis
    if (isSlow) this.#logger.warn(line, `slow: ${event.statements.join('; ')}`)
    else if (echo) this.#logger.debug(line, event.statements.join('; '))
  }
}
