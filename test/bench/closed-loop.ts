import type { Entrant } from './workload.js'

/** How a closed loop ran. */
export interface LoopResult {
  readonly requests: number
  readonly seconds: number
  /** User and system time of this process, all threads. */
  readonly cpuMicros: number
}

/** When a closed loop ends: after so many seconds, or after so many requests. */
export type LoopEnd = { readonly seconds: number } | { readonly requests: number }

/**
 * Runs an entrant in a closed loop: `concurrency` workers, each of which starts its next request when it has the
 * answer to its last.
 *
 * Every loop with the same seed asks for the same inputs.
 */
export async function closedLoop(
  entrant: Entrant,
  options: { readonly concurrency: number; readonly rows: number; readonly end: LoopEnd },
): Promise<LoopResult> {
  const { concurrency, rows, end } = options
  const maxRequests = 'requests' in end ? end.requests : Number.POSITIVE_INFINITY
  const started = performance.now()
  const cpu = process.cpuUsage()
  const stopAt = 'seconds' in end ? started + end.seconds * 1_000 : Number.POSITIVE_INFINITY
  let requests = 0
  const work = async (seed: number): Promise<void> => {
    let state = seed
    while (requests < maxRequests && performance.now() < stopAt) {
      requests++
      state = nextState(state)
      await entrant.run(1 + (state % rows))
    }
  }
  await Promise.all(Array.from({ length: concurrency }, (_, worker) => work(worker + 1)))
  const { user, system } = process.cpuUsage(cpu)
  return { requests, seconds: (performance.now() - started) / 1_000, cpuMicros: user + system }
}

/** Park and Miller's minimal standard generator: cheap, and the same sequence on every machine (CACM 31, 1988). */
function nextState(state: number): number {
  return (state * 48_271) % 2_147_483_647
}
