import type { Entrant } from './workload.js'

/** How a closed loop ran. */
export interface LoopResult {
  readonly requests: number
  readonly seconds: number
  /** User and system time of this process, all threads. */
  readonly cpuMicros: number
  /** The most memory that the process has had resident since it started, above what it had when it was idle. */
  readonly peakBytes: number
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
  options: { readonly concurrency: number; readonly inputs: number; readonly end: LoopEnd },
): Promise<LoopResult> {
  const { concurrency, inputs, end } = options
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
      await entrant.run(1 + (state % inputs))
    }
  }
  await Promise.all(Array.from({ length: concurrency }, (_, worker) => work(worker + 1)))
  const { user, system } = process.cpuUsage(cpu)
  return {
    requests,
    seconds: (performance.now() - started) / 1_000,
    cpuMicros: user + system,
    peakBytes: peakBytes(),
  }
}

let idleBytes = 0

/** Notes what the process needs before it does anything. */
export function noteIdleMemory(): void {
  idleBytes = process.memoryUsage.rss()
}

function peakBytes(): number {
  return process.resourceUsage().maxRSS * 1_024 - idleBytes
}

/** Park and Miller's minimal standard generator: cheap, and the same sequence on every machine (CACM 31, 1988). */
function nextState(state: number): number {
  return (state * 48_271) % 2_147_483_647
}
