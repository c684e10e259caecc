import type { StatementResult } from '../postgres/statement-result.js'
import type { Statement } from '../postgres/statement.js'
import type { LazyObjects } from './lazy-objects.js'
import type { SessionState } from './session-state.js'
import type { StatementRunner } from './statement-runner.js'

/**
 * The line of a session with `autoflush`: what was added, changed and deleted is written before each statement that
 * somebody asks for. The unit of work's own statements do not come this way.
 *
 * @internal
 */
export class AutoflushRunner implements StatementRunner {
  readonly #runner: StatementRunner
  readonly #objects: LazyObjects

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
    await this.#objects.autoflush()
    return await this.#runner.execute(next)
  }
}
