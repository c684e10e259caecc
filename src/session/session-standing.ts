import type { DatabaseError } from '../errors/database-error.js'
import type { OperationAbortedError } from '../errors/operational-error.js'
import { refusal } from './session-errors.js'
import {
  SESSION_VERDICTS,
  type SessionOperation,
  type SessionState,
  type SessionVerdict,
} from './session-state.js'
import type { TransactionEnd } from './transaction-end.js'

/**
 * Where a session stands, and what it therefore says to each operation.
 *
 * @internal
 */
export abstract class SessionStanding {
  protected phase: Exclude<SessionState, 'committing' | 'rolling back'> = 'idle'
  /** Which end is under way. Set before anything is awaited, so that a late statement finds the gate closed. */
  protected ending: 'committing' | 'rolling back' | undefined
  protected endUnderWay: Promise<void> | undefined
  protected isClosing = false
  /** What brought the session into this state. */
  protected firstError: DatabaseError | undefined
  protected abortedFor: OperationAbortedError | undefined
  protected end: TransactionEnd | undefined

  get state(): SessionState {
    return this.ending ?? (this.isClosing && this.phase === 'idle' ? 'closed' : this.phase)
  }

  /** Where it was closed, outside production. */
  get whereClosed(): string | undefined {
    return this.end?.where
  }

  /** What the state table says about an operation; a refusal is thrown. */
  verdict(attempted: SessionOperation): Exclude<SessionVerdict, 'refuse'> {
    const verdict = SESSION_VERDICTS[attempted][this.state]
    if (verdict === 'refuse') throw this.refusal(attempted)
    return verdict
  }

  /** Closes it for good, at once. Precondition: it is idle, so that there is nothing to end. */
  shut(end: TransactionEnd): void {
    this.isClosing = true
    this.phase = 'closed'
    this.end = end
  }

  /** Keeps the gate closed until an end is over. */
  protected endBy(ending: 'committing' | 'rolling back', end: () => Promise<void>): Promise<void> {
    this.ending = ending
    this.endUnderWay = this.#untilOver(end)
    return this.endUnderWay
  }

  async #untilOver(end: () => Promise<void>): Promise<void> {
    try {
      await end()
    } finally {
      this.ending = undefined
      this.endUnderWay = undefined
    }
  }

  protected refusal(attempted: SessionOperation): DatabaseError {
    return refusal({
      state: this.state,
      attempted,
      isClosing: this.isClosing,
      firstError: this.firstError ?? this.abortedFor,
      end: this.end,
    })
  }
}
