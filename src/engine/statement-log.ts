import type { ResolvedOptions } from '../config/async-database-options.js'
import type { Logger } from '../config/logger.js'
import type { DatabaseError } from '../errors/database-error.js'
import type { RoundTripReport } from './round-trip-report.js'

/**
 * Writes statements to the given logger: each of them with `echo`, and round trips slower than `slowQueryMillis`.
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

  write(report: RoundTripReport): void {
    const { echo, slowQueryMillis } = this.#options
    if (slowQueryMillis > 0 && report.durationMillis >= slowQueryMillis) this.#warn(report)
    else if (echo) this.#echo(report)
  }

  /** One line for the round trip: which of its statements was slow is not known. */
  #warn(report: RoundTripReport): void {
    const { error, ...fields } = report.roundTrip
    const places = report.statements.map(({ where }) => where).filter((where) => where !== undefined)
    const line = {
      ...fields,
      ...(places.length > 0 && { where: [...new Set(places)] }),
      ...errorField(error),
      ...(!this.#options.hideParameters && { parameters: report.parameters }),
    }
    this.#logger.warn(line, `slow: ${fields.statements.join('; ')}`)
  }

  #echo(report: RoundTripReport): void {
    for (const [index, { text, where, error, ...fields }] of report.statements.entries()) {
      const line = {
        ...fields,
        ...(where !== undefined && { where }),
        ...errorField(error),
        ...(!this.#options.hideParameters && { parameters: report.parameters[index] }),
      }
      this.#logger.debug(line, text)
    }
  }
}

/** Its detail and its cause may hold row values, which a JSON logger would print (S8). */
function errorField(error: DatabaseError | undefined): object {
  if (error === undefined) return {}
  const { name, code, sqlState, message } = error
  return { err: { name, code, sqlState, message } }
}
