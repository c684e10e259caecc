import type { AnswerWatch } from '../engine/answer-watch.js'
import type { CommitResolver } from '../engine/commit-resolver.js'
import type { Waiter } from '../engine/waiter.js'

/**
 * The part of the pool that a conversation needs.
 *
 * @internal
 */
export interface ConnectionSupply {
  enqueue(waiter: Waiter): void
  withdraw(waiter: Waiter): void
  /** Finds out what became of a COMMIT without an answer, where that is wanted. */
  readonly commitResolver: CommitResolver | undefined
  /** Limits the wait for the answer to COMMIT. */
  readonly commitWatch: AnswerWatch | undefined
}

/**
 * Who asks for a connection.
 *
 * @internal
 */
export type Borrower = Pick<Waiter, 'sessionId' | 'suspended'>
