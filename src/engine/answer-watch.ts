import { neutralScope } from '../foundation/neutral-scope.js'

/** How often a watch looks, as a part of its limit. */
const LOOKS = 10
const SHORTEST_TICK_MILLIS = 10

interface Wait {
  readonly startedAt: number
  readonly onLate: (waitedMillis: number) => void
}

/**
 * One limit for many short waits: a wait costs an entry in a set, where a timer of its own would cost more than the rest
 * of a small COMMIT. It is coarse: a wait ends up to a tenth after the limit.
 *
 * @internal
 */
export class AnswerWatch {
  readonly #limitMillis: number
  /** In the order in which they began. */
  readonly #waits = new Set<Wait>()
  #timer: NodeJS.Timeout | undefined

  /** @param limitMillis - Longest wait, in milliseconds. */
  constructor(limitMillis: number) {
    this.#limitMillis = limitMillis
  }

  /**
   * Begins a wait.
   *
   * @param onLate - Called when it takes too long, with the time it took, in milliseconds.
   * @returns A function that ends the wait; to be called when the answer has come.
   */
  watch(onLate: Wait['onLate']): () => void {
    const wait = { startedAt: performance.now(), onLate }
    this.#waits.add(wait)
    this.#timer ??= neutralScope.runInAsyncScope(() => this.#start())
    return () => this.#waits.delete(wait)
  }

  #start(): NodeJS.Timeout {
    const look = (): void => {
      this.#look()
    }
    return setInterval(look, Math.max(SHORTEST_TICK_MILLIS, this.#limitMillis / LOOKS)).unref()
  }

  #look(): void {
    if (this.#waits.size === 0) {
      clearInterval(this.#timer)
      this.#timer = undefined
    }
    const now = performance.now()
    for (const wait of this.#waits) {
      const waitedMillis = now - wait.startedAt
      if (waitedMillis < this.#limitMillis) return
      // After a blocked event loop timers run before sockets are read: the answer may already be here (E14, I19).
      setImmediate(() => {
        if (this.#waits.delete(wait)) wait.onLate(Math.round(waitedMillis))
      })
    }
  }
}
