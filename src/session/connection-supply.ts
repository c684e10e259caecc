import type { AnswerWatch } from '../engine/answer-watch.js'
import type { ResolvedSessionDefaults } from '../config/session-defaults.js'
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
  /** Limits the waits for answers. */
  readonly answerWatch: AnswerWatch
  readonly options: { readonly session: Pick<ResolvedSessionDefaults, 'commitTimeoutMillis'> }
}

/**
 * Who asks for a connection.
 *
 * @internal
 */
export type Borrower = Pick<Waiter, 'sessionId' | 'suspended'>
