import type { NPlusOneReport, OnNPlusOne } from '../config/n-plus-one-report.js'
import type { Logger } from '../config/logger.js'
import type { OperationAbortedError } from '../errors/operational-error.js'
import { NPlusOneError } from '../errors/usage-error.js'
import type { StatementResult } from '../postgres/statement-result.js'
import type { Statement } from '../postgres/statement.js'
import type { NPlusOneDetector } from './n-plus-one-detector.js'
import type { SessionState } from './session-state.js'
import type { StatementRunner } from './statement-runner.js'
import type { StopManner } from './stop-flight.js'

/** Whom a watched runner tells. */
export interface WatchedRunnerOptions {
  /** Where statements go. */
  readonly runner: StatementRunner
  /** Counts them. */
  readonly detector: NPlusOneDetector
  /** What becomes of a report. */
  readonly onNPlusOne: OnNPlusOne
  /** Every statement is a transaction of its own: then all of them count together. */
  readonly isAutocommit: boolean
  /** Gets the report where it is a warning. */
  readonly logger: Pick<Logger, 'warn'>
  /** Names the session in it. */
  readonly sessionId: string
}

/**
 * Where statements pass a detector on their way. Sessions without one do without this too.
 *
 * @internal
 */
export class WatchedRunner implements StatementRunner {
  readonly #options: WatchedRunnerOptions

  constructor(options: WatchedRunnerOptions) {
    this.#options = options
  }

  get state(): SessionState {
    return this.#options.runner.state
  }

  get transaction(): number {
    return this.#options.runner.transaction
  }

  execute(next: Statement): Promise<StatementResult> {
    const { runner, detector, onNPlusOne, isAutocommit } = this.#options
    const report = detector.note(next.text, isAutocommit ? 0 : runner.transaction)
    if (report !== undefined) {
      if (onNPlusOne === 'throw') return Promise.reject(tooMany(report))
      if (onNPlusOne === 'warn') this.#warn(report)
      else onNPlusOne(report)
    }
    return runner.execute(next)
  }

  stop(next: Statement, reason: OperationAbortedError, manner: StopManner): Promise<void> {
    return this.#options.runner.stop(next, reason, manner)
  }

  #warn(report: NPlusOneReport): void {
    const { logger, sessionId } = this.#options
    logger.warn({ sessionId, ...report }, messageOf(report))
  }
}

function messageOf({ count, suggestions, stack }: NPlusOneReport): string {
  const [where = 'an unknown place'] = stack
  const advice = suggestions.length === 0 ? '' : `; ${suggestions.join(' or ')} loads them together`
  return `N+1: ${count} statements of one shape ${where}${advice}`
}

function tooMany(report: NPlusOneReport): NPlusOneError {
  const { count, shape, suggestions, stack } = report
  return new NPlusOneError({
    message: `${count} statements of one shape were sent ${stack[0] ?? 'from one place'}`,
    hint:
      suggestions.length === 0
        ? 'Read the rows of all objects with one statement, such as where id in a list.'
        : `Load the rows together: ${suggestions.join(', or ')}.`,
    context: { count, shape },
  })
}
