import type { OperationAbortedError } from '../errors/operational-error.js'
import type { StatementResult } from '../postgres/statement-result.js'
import type { Statement } from '../postgres/statement.js'
import type { LazyObjects } from './lazy-objects.js'
import type { SessionState } from './session-state.js'
import type { StatementRunner } from './statement-runner.js'
import type { StopManner } from './stop-flight.js'

/**
 * The line of a session with `autoflush`: what was added, changed and deleted is written before each statement that
 * somebody asks for. The unit of work's own statements do not come this way.
 *
 * @internal
 */
export class AutoflushRunner implements StatementRunner {
  readonly #runner: StatementRunner
  readonly #objects: LazyObjects
  /** Those that wait for the flush in front of them, each with why it was stopped, if it was. */
  readonly #early = new Map<Statement, OperationAbortedError | undefined>()

  constructor(runner: StatementRunner, objects: LazyObjects) {
    this.#runner = runner
    this.#objects = objects
  }

  get state(): SessionState {
    return this.#runner.state
  }

  get transaction(): number {
    return this.#runner.transaction
  }

  async execute(next: Statement): Promise<StatementResult> {
    this.#early.set(next, undefined)
    try {
      await this.#objects.autoflush()
      const reason = this.#early.get(next)
      if (reason !== undefined) throw reason
    } finally {
      this.#early.delete(next)
    }
    return await this.#runner.execute(next)
  }

  /** What is written in front of it is the session's, and goes on. */
  async stop(next: Statement, reason: OperationAbortedError, manner: StopManner): Promise<void> {
    if (this.#early.has(next)) this.#early.set(next, reason)
    else await this.#runner.stop(next, reason, manner)
  }
}
