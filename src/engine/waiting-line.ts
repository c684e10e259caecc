import type { Deadline, DeadlineEnd } from '../foundation/deadline.js'
import type { Waiter } from './waiter.js'

/**
 * Those who wait for a connection, in the order in which they came (I-FIFO).
 *
 * @internal
 */
export class WaitingLine implements Iterable<Waiter> {
  /** A set: whoever gives up leaves from the middle at no cost, however long the line is (E4e). */
  readonly #waiters = new Set<Waiter>()

  get length(): number {
    return this.#waiters.size
  }

  /** Whose turn it is. */
  get first(): Waiter | undefined {
    const [first] = this.#waiters
    return first
  }

  /** Whoever leaves while it is walked is not met any more. */
  [Symbol.iterator](): Iterator<Waiter> {
    return this.#waiters.values()
  }

  has(waiter: Waiter): boolean {
    return this.#waiters.has(waiter)
  }

  join(waiter: Waiter): void {
    waiter.waitingSince = 0
    this.#waiters.add(waiter)
  }

  /** Takes a waiter out; its deadline is watched no more. */
  leave(waiter: Waiter): Waiter {
    this.#waiters.delete(waiter)
    waiter.stopWatching?.()
    waiter.frames = undefined
    waiter.stopWatching = undefined // The same waiter may come again, for its session's next transaction.
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
