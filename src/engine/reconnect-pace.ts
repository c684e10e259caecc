import type { DatabaseError } from '../errors/database-error.js'
import { backoffMillis } from '../foundation/backoff.js'
import { neutralScope } from '../foundation/neutral-scope.js'

/**
 * An attempt that takes longer may have met a server that accepts and says nothing; it must not be the only one, for the
 * server may be well again a moment later (P1).
 */
const PATIENCE_MILLIS = 500

const FIRST_PAUSE_MILLIS = 50

/**
 * Whoever waits is served so much later than the server is back (I-RECOVER: half a second, the connecting and the work
 * included). A refused attempt costs the server next to nothing.
 */
const LONGEST_PAUSE_MILLIS = 200

/** A server without a free place starts a process for each attempt. */
const FULL_SERVER_PAUSE_MILLIS = 500

/** too_many_connections */
const FULL = '53300'

/**
 * Each success, once the trouble is over, allows so many more attempts at a time. All at once would take the server's
 * processors from those that have a connection already: their first success came a third later.
 */
const MORE_AFTER_SUCCESS = 3

/** So long after the first success the trouble is over for good. */
const CAUTION_MILLIS = 1_000

/** An attempt to open a connection. */
interface Attempt {
  readonly startedAt: number
}

/**
 * How eagerly connections are opened: freely while that works; one attempt at a time, with growing pauses, while the
 * server can't be reached; a few at a time when it is back. Fifteen eager clients in each of fifty instances would keep
 * it down (I-RECOVER).
 *
 * @internal
 */
export class ReconnectPace {
  readonly #onTryAgain: () => void
  /** In the order in which they began. */
  readonly #underWay = new Set<Attempt>()
  #failures = 0
  #lastError: DatabaseError | undefined
  /** How many young attempts there may be at a time, in trouble and shortly after it. */
  #limit = 1
  #isCautiousUntil = 0
  /** Runs during the pause after a failure. */
  #pause: NodeJS.Timeout | undefined
  /** Runs while attempts count, because they are young. */
  #patience: NodeJS.Timeout | undefined

  constructor(onTryAgain: () => void) {
    this.#onTryAgain = onTryAgain
  }

  /** Why the server can't be reached, while it can't. */
  get trouble(): DatabaseError | undefined {
    return this.#failures === 0 ? undefined : this.#lastError
  }

  /** Whether another connection may be opened now. */
  get mayOpen(): boolean {
    if (!this.#isCautious) return true
    return this.#pause === undefined && this.#young.length < this.#limit
  }

  /**
   * An attempt begins.
   *
   * @returns To be called when it has ended, however that was, and before anybody else is told.
   */
  began(): () => void {
    const attempt = { startedAt: performance.now() }
    this.#underWay.add(attempt)
    this.#bePatient()
    return () => {
      this.#underWay.delete(attempt)
    }
  }

  succeeded(): void {
    if (this.#failures > 0) this.#isCautiousUntil = performance.now() + CAUTION_MILLIS
    this.#failures = 0
    this.#limit += MORE_AFTER_SUCCESS
  }

  failed(error: DatabaseError): void {
    this.#lastError = error
    this.#failures++
    this.#limit = 1
    this.#bePatient()
    this.#pause ??= this.#tryAgainIn(pauseMillis(this.#failures, error), () => {
      this.#pause = undefined
    })
  }

  stop(): void {
    clearTimeout(this.#pause)
    clearTimeout(this.#patience)
  }

  get #isCautious(): boolean {
    return this.#failures > 0 || performance.now() < this.#isCautiousUntil
  }

  /** What has hung since before the trouble began tells nothing about the server now. */
  get #young(): readonly Attempt[] {
    const since = performance.now() - PATIENCE_MILLIS
    return [...this.#underWay].filter(({ startedAt }) => startedAt > since)
  }

  /** Looks again when the first of the young attempts is young no more. */
  #bePatient(): void {
    if (this.#patience !== undefined || !this.#isCautious) return
    const [first] = this.#young
    if (first === undefined) return
    const left = first.startedAt + PATIENCE_MILLIS - performance.now()
    this.#patience = this.#tryAgainIn(Math.ceil(left), () => {
      this.#patience = undefined
      this.#bePatient()
    })
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

/** Half of it is chance: clients that failed together come back apart, and none of them in a burst. */
function pauseMillis(failures: number, { sqlState }: DatabaseError): number {
  return backoffMillis(failures, {
    baseMillis: FIRST_PAUSE_MILLIS,
    maxMillis: sqlState === FULL ? FULL_SERVER_PAUSE_MILLIS : LONGEST_PAUSE_MILLIS,
    random: () => (1 + Math.random()) / 2,
  })
}
