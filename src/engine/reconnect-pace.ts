import type { DatabaseError } from '../errors/database-error.js'
import { backoffMillis } from '../foundation/backoff.js'
import { neutralScope } from '../foundation/neutral-scope.js'

/**
 * An attempt that takes longer may have met a server that accepts and says nothing; it must not be the only one, for the
 * server may be well again a moment later (P1).
 */
const PATIENCE_MILLIS = 500

/**
 * How eagerly connections are opened: freely while that works; one attempt at a time, with growing pauses, while the
 * server can't be reached. Fifteen eager clients in each of fifty instances would keep it down (I-RECOVER).
 *
 * @internal
 */
export class ReconnectPace {
  readonly #onTryAgain: () => void
  #failures = 0
  /** Runs during the pause after a failure. */
  #pause: NodeJS.Timeout | undefined
  /** Runs while the last attempt is still young. */
  #patience: NodeJS.Timeout | undefined
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
    if (this.#failures === 0) return true
    return this.#pause === undefined && (underWay === 0 || this.#patience === undefined)
  }

  /** An attempt has begun. */
  began(): void {
    if (this.#failures === 0) return
    clearTimeout(this.#patience)
    this.#patience = undefined
    this.#bePatient()
  }

  succeeded(): void {
    this.#failures = 0
    clearTimeout(this.#patience)
    this.#patience = undefined
  }

  failed(error: DatabaseError): void {
    this.#lastError = error
    this.#failures++
    // Others may be under way that began while all was well.
    this.#bePatient()
    this.#pause ??= this.#tryAgainIn(
      backoffMillis(this.#failures, { baseMillis: 50, maxMillis: 500 }),
      () => {
        this.#pause = undefined
      },
    )
  }

  #bePatient(): void {
    this.#patience ??= this.#tryAgainIn(PATIENCE_MILLIS, () => {
      this.#patience = undefined
    })
  }

  stop(): void {
    clearTimeout(this.#pause)
    clearTimeout(this.#patience)
  }

  #tryAgainIn(millis: number, forget: () => void): NodeJS.Timeout {
    return neutralScope.runInAsyncScope(() =>
      setTimeout(() => {
        forget()
        this.#onTryAgain()
      }, millis),
    )
  }
}
