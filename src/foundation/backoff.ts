/** How long waits grow, and where they stop. */
export interface BackoffOptions {
  /**
   * Upper bound of the first wait, in milliseconds (> 0).
   *
   * @defaultValue 50
   */
  readonly baseMillis?: number | undefined
  /**
   * Upper bound of every wait, in milliseconds (≥ `baseMillis`).
   *
   * @defaultValue 5_000
   */
  readonly maxMillis?: number | undefined
  /**
   * Source of chance in [0, 1); tests replace it.
   *
   * @defaultValue Math.random
   */
  readonly random?: (() => number) | undefined
}

/**
 * Says how long to wait before the next attempt: a random time below a bound that doubles. Pure; performs no I/O.
 *
 * The whole interval is random ("full jitter"): clients that failed together do not come back together.
 *
 * @param attempt - How many attempts have failed so far (1, 2, …).
 * @param options - See {@link BackoffOptions}.
 * @returns Milliseconds in [0, min(maxMillis, baseMillis · 2^(attempt − 1))).
 * @example
 * ```ts ignore -- not exported from the package
 * backoffMillis(3, { baseMillis: 100, random: () => 0.5 }) // 200
 * ```
 * @see Marc Brooker, "Exponential Backoff And Jitter", AWS Architecture Blog, 2015
 */
export function backoffMillis(attempt: number, options: BackoffOptions = {}): number {
  const { baseMillis = 50, maxMillis = 5_000, random = Math.random } = options
  return random() * Math.min(maxMillis, baseMillis * 2 ** (attempt - 1))
}
