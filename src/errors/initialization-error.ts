import type { DatabaseErrorInit } from './database-error.js'
import type { ErrorCode } from './error-codes.js'
import { OperationalError } from './operational-error.js'

/** The steps of `initializeDatabase`, in order. */
export type InitializationStep = 'wait' | 'lock' | 'schema' | 'tables' | 'migrations' | 'verify'

/** What an {@link InitializationError} adds. */
export interface InitializationErrorInit extends DatabaseErrorInit {
  /** The step that failed. */
  readonly step: InitializationStep
}

/** `initializeDatabase` did not finish; `cause` is the failure of its step. */
export class InitializationError extends OperationalError {
  static override readonly code: ErrorCode = 'INITIALIZATION_FAILED'
  static override readonly name: string = 'InitializationError'

  /** The step that failed. */
  readonly step: InitializationStep

  constructor(init: InitializationErrorInit) {
    super(init)
    this.step = init.step
  }
}
