import { Deferred } from './deferred.js'

/** Node fires a longer timer after one millisecond (its timers are 32-bit). */
const MAX_TIMER_MILLIS = 2 ** 31 - 1

/** Why a {@link Deadline} ended: its time is used up, or its signal was aborted. */
export type DeadlineEnd = 'expired' | 'aborted'

/**
 * A point in time, and optionally an AbortSignal, after which work is no longer wanted. Performs no I/O.
 *
 * One Deadline is handed from phase to phase, so that each gets what the ones before it left over. It holds a timer
 * only while something is watched. Time is monotonic: changes of the system clock do not move it.
 *
 * @example
 * ```ts ignore -- not exported from the package
 * const deadline = Deadline.after(5_000, signal)
 * const client = await deadline.race(connecting, (end) => new PoolTimeoutError({ … }))
 * const statementTimeoutMillis = deadline.remainingMillis
 * ```
 */
export class Deadline {
  /** Never ends. */
  static readonly never: Deadline = new Deadline(Number.POSITIVE_INFINITY, undefined)

  /** What the deadline was made with, in milliseconds; `Infinity` if only a signal can end it. */
  readonly timeoutMillis: number
  /** What else can end it. */
  readonly signal: AbortSignal | undefined
  readonly #startedAt = performance.now()

  private constructor(timeoutMillis: number, signal: AbortSignal | undefined) {
    this.timeoutMillis = timeoutMillis
    this.signal = signal
  }

  /**
   * Makes a deadline that begins now.
   *
   * @param timeoutMillis - In milliseconds (≥ 0); `Infinity` for none. 0 has expired already.
   * @param signal - Ends it early when aborted.
   * @returns The deadline.
   */
  static after(timeoutMillis: number, signal?: AbortSignal): Deadline {
    return new Deadline(timeoutMillis, signal)
  }

  /** Milliseconds since it was made. */
  get elapsedMillis(): number {
    return performance.now() - this.#startedAt
  }

  /** Milliseconds left, never below 0; `Infinity` without a time limit. Ignores the signal. */
  get remainingMillis(): number {
    const { timeoutMillis } = this
    // Most have none, and to read the clock costs as much as a small object.
    return timeoutMillis === Number.POSITIVE_INFINITY
      ? timeoutMillis
      : Math.max(0, timeoutMillis - this.elapsedMillis)
  }

  /** How it has ended, or undefined while it has not. An aborted signal wins over time used up. */
  get end(): DeadlineEnd | undefined {
    if (this.signal?.aborted === true) return 'aborted'
    return this.remainingMillis === 0 ? 'expired' : undefined
  }

  /**
   * Makes the stricter of this deadline and another time limit, with the same signal.
   *
   * @param timeoutMillis - From now, in milliseconds (≥ 0).
   * @returns A new deadline that ends no later than this one.
   */
  within(timeoutMillis: number): Deadline {
    return new Deadline(Math.min(timeoutMillis, this.remainingMillis), this.signal)
  }

  /**
   * Calls a function once when the deadline ends, never synchronously.
   *
   * @param onEnd - Receives how it ended. Must not throw.
   * @returns A function that stops watching and frees the timer and the signal's listener. Call it as soon as the
   * work has settled: one signal may outlive a hundred thousand operations.
   */
  watch(onEnd: (end: DeadlineEnd) => void): () => void {
    const { signal } = this
    let isWatching = true
    let timer: NodeJS.Timeout | undefined
    const stop = (): void => {
      isWatching = false
      clearTimeout(timer)
      signal?.removeEventListener('abort', onAbort)
    }
    const finish = (end: DeadlineEnd): void => {
      if (!isWatching) return
      stop()
      onEnd(end)
    }
    const onAbort = (): void => {
      queueMicrotask(() => finish('aborted'))
    }
    const arm = (): void => {
      const { remainingMillis } = this
      // After a blocked event loop timers run before sockets are read: the answer may already be here (E14, I19).
      const onTimer = remainingMillis > MAX_TIMER_MILLIS ? arm : () => setImmediate(finish, 'expired')
      // Not unref'd: if this wait is all that is left, Node would exit silently with code 13 (E9).
      timer = setTimeout(onTimer, Math.min(Math.ceil(remainingMillis), MAX_TIMER_MILLIS))
    }
    if (signal?.aborted === true) onAbort()
    else signal?.addEventListener('abort', onAbort, { once: true })
    if (this.timeoutMillis !== Number.POSITIVE_INFINITY) arm()
    return stop
  }

  /**
   * Waits for work, but no longer than the deadline.
   *
   * The work is not stopped: when it loses, its later outcome is ignored, so clean up after it where it runs.
   *
   * @param work - What to wait for.
   * @param toError - Makes the error to throw when the deadline ends first.
   * @returns What the work settles with.
   * @throws What `toError` returns, if the deadline ends first.
   */
  race<Value>(work: PromiseLike<Value>, toError: (end: DeadlineEnd) => Error): Promise<Value> {
    const outcome = new Deferred<Value>()
    const stop = this.watch((end) => outcome.reject(toError(end)))
    work.then(
      (value) => {
        stop()
        outcome.resolve(value)
      },
      (reason: unknown) => {
        stop()
        outcome.reject(reason)
      },
    )
    return outcome.promise
  }
}
