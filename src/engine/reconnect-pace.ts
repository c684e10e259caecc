import type { DatabaseError } from '../errors/database-error.js'
import { backoffMillis } from '../foundation/backoff.js'

/**
 * How eagerly connections are opened: freely while that works; one attempt at a time, with growing pauses, while the
 * server can't be reached. Fifteen eager clients in each of fifty instances would keep it down (I-RECOVER).
 *
 * @internal
 */
export class ReconnectPace {
  readonly #onTryAgain: () => void
  #failures = 0
  #timer: NodeJS.Timeout | undefined
  #lastError: DatabaseError | undefined

  constructor(onTryAgain: () => void) {
    this.#onTryAgain = onTryAgain
  }

  /** Why the server can't be reached, while it can't. */
  get trouble(): DatabaseError | undefined {
    return this.#failures === 0 ? undefined : this.#lastError
  }

  /** Whether another connection may be opened while so many attempts are under way. */
  mayOpen(underWay: number): boolean {
    return this.#failures === 0 || (this.#timer === undefined && underWay === 0)
  }

  succeeded(): void {
    this.#failures = 0
  }

  failed(error: DatabaseError): void {
    this.#lastError = error
    this.#failures++
    if (this.#timer !== undefined) return
    this.#timer = setTimeout(
      () => {
        this.#timer = undefined
        this.#onTryAgain()
      },
      backoffMillis(this.#failures, { baseMillis: 50, maxMillis: 500 }),
    )
  }

  stop(): void {
    clearTimeout(this.#timer)
  }
}
