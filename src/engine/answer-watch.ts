import { neutralScope } from '../foundation/neutral-scope.js'
import { Roster } from '../foundation/roster.js'
import type { AnswerWait } from './answer-wait.js'

/** How often a watch looks, as a part of the shortest limit that it has met. */
const LOOKS = 10
const SHORTEST_TICK_MILLIS = 10

/**
 * Limits for many short waits: a wait costs an entry in a list, where a timer of its own would cost more than the rest
 * of a small COMMIT. It is coarse: a wait ends up to a tenth after its limit, and later when the event loop was blocked.
 *
 * @internal
 */
export class AnswerWatch {
  /**
   * How long a statement may lie in line in front of the server before it begins, in milliseconds: behind a pooler, which
   * has fewer server connections than clients.
   */
  readonly queueMillis: number
  readonly #waits = new Roster<AnswerWait>()
  #timer: NodeJS.Timeout | undefined
  #lookedAt = 0
  #tickMillis = Number.POSITIVE_INFINITY

  constructor(queueMillis = 0) {
    this.queueMillis = queueMillis
  }

  /**
   * Begins a wait. Precondition: it is not under way.
   *
   * @param wait - Told when it takes longer.
   * @param limitMillis - Longest wait, in milliseconds.
   */
  begin(wait: AnswerWait, limitMillis: number): void {
    wait.startedAt = performance.now()
    wait.limitMillis = limitMillis
    this.#waits.add(wait)
    this.#lookEvery(Math.max(SHORTEST_TICK_MILLIS, limitMillis / LOOKS))
  }

  /** The answer has come. */
  end(wait: AnswerWait): void {
    this.#waits.remove(wait)
  }

  #lookEvery(millis: number): void {
    if (this.#timer !== undefined && millis >= this.#tickMillis) return
    clearInterval(this.#timer)
    this.#tickMillis = millis
    this.#lookedAt = performance.now()
    this.#timer = neutralScope.runInAsyncScope(() =>
      setInterval(() => {
        this.#look()
      }, millis).unref(),
    )
  }

  #look(): void {
    if (this.#waits.size === 0) {
      clearInterval(this.#timer)
      this.#timer = undefined
    }
    const now = performance.now()
    // A blocked event loop keeps for itself what it has to send: that is no time that the server had.
    const blockedMillis = Math.max(0, now - this.#lookedAt - 2 * this.#tickMillis)
    this.#lookedAt = now
    for (const wait of this.#waits) {
      const startedAt = Math.min(now, wait.startedAt + blockedMillis)
      wait.startedAt = startedAt
      const waitedMillis = now - startedAt
      if (waitedMillis < wait.limitMillis) continue
      // After a blocked event loop timers run before sockets are read: the answer may already be here (E14, I19).
      setImmediate(() => {
        if (wait.startedAt === startedAt && this.#waits.remove(wait)) wait.onLate(Math.round(waitedMillis))
      })
    }
  }
}
