import type { RosterMember } from '../foundation/roster.js'

/**
 * One who waits for answers, one after the other, each with a limit that an {@link AnswerWatch} keeps.
 *
 * @internal
 */
export abstract class AnswerWait implements RosterMember {
  place = -1
  /** When the wait began, on the clock of `performance.now()`. */
  startedAt = 0
  limitMillis = 0

  /** Called when an answer takes longer than its limit, with the time it took, in milliseconds. */
  abstract onLate(waitedMillis: number): void
}
