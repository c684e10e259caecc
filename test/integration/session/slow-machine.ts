import type { TestContext } from 'vitest'

/** How long the server may take to note a cancel, and then again to stop: `CANCEL_MILLIS` of the source. */
const CANCEL_MILLIS = 1_000

/**
 * Skips the rest of a test whose subject is what happens when the server takes a cancel in time, if it was not in
 * time: then the connection is given up, which is right, and another test's subject.
 *
 * @param startedAt - Before the cancel was sent, on the clock of `performance.now()`.
 */
export function skipIfCancelWasSlow({ skip }: Pick<TestContext, 'skip'>, startedAt: number): void {
  skip(performance.now() - startedAt >= CANCEL_MILLIS, 'the machine was too slow for the limit of a cancel')
}
