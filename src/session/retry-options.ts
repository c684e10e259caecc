import { MAX_MILLIS, OptionsReader } from '../config/options-reader.js'

/** How often a whole transaction is run again after it lost against another one (40001, 40P01). */
export interface RetryOptions {
  /** Runs in all, the first included (1 … 100). */
  readonly attempts: number
  /**
   * Longest time from the first run until another may begin, in milliseconds (1 … 2³¹−1).
   *
   * @defaultValue 10_000
   */
  readonly timeoutMillis?: number | undefined
}

/**
 * Checks {@link RetryOptions}. Pure.
 *
 * @throws {@link ConfigurationError} if a key is unknown or a value out of range.
 * @internal
 */
export function resolveRetry(
  options: RetryOptions | undefined,
): Required<RetryOptions> & { timeoutMillis: number } {
  const reader = new OptionsReader(options, ['attempts', 'timeoutMillis'], 'retry')
  return {
    attempts: reader.integer('attempts', { min: 1, max: 100, fallback: 1 }),
    timeoutMillis: reader.integer('timeoutMillis', { min: 1, max: MAX_MILLIS, fallback: 10_000 }),
  }
}
