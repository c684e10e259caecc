import type { Deadline, DeadlineEnd } from '../foundation/deadline.js'
import type { Waiter } from './waiter.js'

/**
 * Those who wait for a connection, in the order in which they came (I-FIFO).
 *
 * @internal
 */
export class WaitingLine implements Iterable<Waiter> {
  // Linked: whoever gives up leaves from the middle at no cost, however long the line is (E4e). Links are cut when one
  // leaves, for an old waiter must not keep all the later ones alive, as the tables of a Set would.
  #first: Waiter | undefined
  #last: Waiter | undefined
  #length = 0

  get length(): number {
    return this.#length
  }

  /** Whose turn it is. */
  get first(): Waiter | undefined {
    return this.#first
  }

  /** Whoever leaves while it is walked is not met any more. */
  *[Symbol.iterator](): Generator<Waiter, void, void> {
    const waiters: Waiter[] = []
    for (let waiter = this.#first; waiter !== undefined; waiter = waiter.behind) waiters.push(waiter)
    for (const waiter of waiters) if (this.has(waiter)) yield waiter
  }

  has(waiter: Waiter): boolean {
    return waiter.isInLine === true
  }

  join(waiter: Waiter): void {
    waiter.waitingSince = 0
    waiter.isInLine = true
    waiter.ahead = this.#last
    if (this.#last === undefined) this.#first = waiter
    else this.#last.behind = waiter
    this.#last = waiter
    this.#length++
  }

  /** Takes a waiter out; its deadline is watched no more. Without effect for one who is not in line. */
  leave(waiter: Waiter): Waiter {
    if (!this.has(waiter)) return waiter
    const { ahead, behind } = waiter
    if (ahead === undefined) this.#first = behind
    else ahead.behind = behind
    if (behind === undefined) this.#last = ahead
    else behind.ahead = ahead
    this.#length--
    // The same waiter may come again, for its session's next transaction.
    waiter.isInLine = false
    waiter.ahead = undefined
    waiter.behind = undefined
    waiter.stopWatching?.()
    waiter.stopWatching = undefined
    waiter.frames = undefined
    return waiter
  }

  /** Takes a waiter out at the end of a deadline, and says how that ended. Without effect for one who is watched. */
  watch(waiter: Waiter, deadline: Deadline, onEnd: (end: DeadlineEnd) => void): void {
    if (waiter.stopWatching !== undefined) return
    waiter.waitingSince = performance.now()
    waiter.stopWatching = deadline.watch((end) => {
      this.leave(waiter)
      onEnd(end)
    })
  }
}
