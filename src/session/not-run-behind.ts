import type { DatabaseError } from '../errors/database-error.js'
import { PendingRollbackError } from '../errors/usage-error.js'
import { withoutLeadingBlanks } from './without-leading-blanks.js'

/** The statement that failed, and where it stood among those that had left with it. */
export interface FailedStatement {
  readonly text: string
  /** Its number in its group, from 1. */
  readonly position: number
  /** How many statements of callers were in that group. */
  readonly sent: number
  readonly error: DatabaseError
}

/**
 * The error for a statement that was asked for in time, and that the server skipped, or never saw, because one in
 * front of it failed. One for each caller: each gets a stack of its own.
 *
 * The failed statement is named by its first word only: its text may hold values.
 *
 * @internal
 */
export function notRunBehind({ text, position, sent, error }: FailedStatement): PendingRollbackError {
  const verb = /^[a-z]+/i.exec(withoutLeadingBlanks(text))?.[0].toLowerCase() ?? 'unknown'
  const failed =
    sent === 1
      ? `the one in front of it (${verb})`
      : `number ${position} of the ${sent} that left together (${verb})`
  return new PendingRollbackError({
    message: `A statement was not run: ${failed} failed with ${error.sqlState ?? error.code}`,
    hint: 'Handle the failure in `cause`. Call rollback() to go on; run what may fail inside beginNested().',
    state: 'aborted',
    attempted: 'statement',
    context: { failed: verb, position, sent },
    cause: error,
  })
}
