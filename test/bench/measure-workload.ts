import { NetworkProxy } from '../support/network-proxy.js'
import { executeOnce, temporaryDatabase } from '../support/temporary-database.js'
import { EntrantHandle } from './entrant-handle.js'
import { spread, type Spread } from './statistics.js'
import type { Workload } from './workload.js'

/** How a workload is measured. */
export interface MeasureOptions {
  readonly serverUrl: string
  /** The entrants' program, of `buildEntrants`. */
  readonly processFile: string
  readonly rounds: number
  readonly seconds: number
  /** Requests under way at a time, and connections. */
  readonly concurrency: number
  /** Ends the measurement early; the rounds that are complete count. */
  readonly signal: AbortSignal
  readonly log: (line: string) => void
}

/** One entrant's figures. Ratios are to the baseline of the same round. */
export interface EntrantFigures {
  readonly name: string
  readonly requestsPerSecond: Spread
  readonly requestsRatio: Spread
  readonly cpuMicrosPerRequest: Spread
  readonly cpuRatio: Spread
  /** Most memory above the idle process, of all rounds. */
  readonly peakBytes: number
  /** Missing if the work has none, or the measurement was interrupted before they were counted. */
  readonly roundTripsPerRequest: number | undefined
  readonly rounds: readonly Round[]
}

interface Round {
  readonly requestsPerSecond: number
  readonly cpuMicrosPerRequest: number
  readonly peakBytes: number
}

/** Connections are opened and statements prepared before anything is counted or timed. */
const WARM_UP_SECONDS = 1
const COUNTED_REQUESTS = 100
const REQUESTS_BEFORE_COUNTING = 10
/** With this delay a request that did not wait for an answer always overtakes it, so the count can't depend on chance. */
const COUNTING_DELAY_MILLIS = 2

/** Measures all entrants of a workload; fewer than one complete round gives no figures. */
export async function measureWorkload(
  workload: Workload,
  options: MeasureOptions,
): Promise<EntrantFigures[]> {
  const { serverUrl, processFile, concurrency, signal, log } = options
  await using database = await temporaryDatabase(serverUrl)
  for (const sql of workload.seed) await executeOnce(database.url, sql)
  await using network =
    workload.delayMillis === undefined ? undefined : await delayed(database.url, workload.delayMillis)
  const url = network?.urlFor(database.url) ?? database.url
  const handles: EntrantHandle[] = []
  const killAll = (): void => handles.forEach((handle) => handle.kill())
  signal.addEventListener('abort', killAll)
  const roundTrips = new Map<string, number>()
  const rounds: Map<string, Round>[] = []
  try {
    for (const name of Object.keys(workload.entrants)) {
      const handle = await EntrantHandle.open(processFile, workload.name, name, {
        url,
        poolSize: concurrency,
      })
      handles.push(handle)
      const inputs = [1, 2, 3, Math.ceil(workload.inputs / 2), workload.inputs]
      await handle.verify([...new Set(inputs.filter((input) => input <= workload.inputs))])
      if (workload.hasRoundTrips ?? true)
        roundTrips.set(name, await countRoundTrips(processFile, workload, name, database.url))
      log(
        `${workload.name}: ${name} is right, ${roundTrips.get(name)?.toFixed(2) ?? 'no'} round trips a request`,
      )
    }
    const reset = async (): Promise<void> => {
      for (const sql of workload.reset ?? []) await executeOnce(database.url, sql)
    }
    for (const handle of handles) {
      await reset()
      await handle.loop(concurrency, { seconds: WARM_UP_SECONDS })
    }
    for (let round = 0; round < options.rounds; round++)
      rounds.push(await measureRound(handles, round, reset, options))
    for (const handle of handles) await handle.close()
  } catch (error) {
    killAll()
    if (!signal.aborted) throw error
  } finally {
    signal.removeEventListener('abort', killAll)
  }
  return rounds.length === 0 ? [] : figures(workload, rounds, roundTrips)
}

async function measureRound(
  handles: readonly EntrantHandle[],
  round: number,
  reset: () => Promise<void>,
  { concurrency, seconds, rounds, log }: MeasureOptions,
): Promise<Map<string, Round>> {
  const results = new Map<string, Round>()
  // Whoever goes first finds another machine than who goes last; so the order turns around every round.
  for (const handle of round % 2 === 0 ? handles : handles.toReversed()) {
    await reset()
    const result = await handle.loop(concurrency, { seconds })
    const requestsPerSecond = result.requests / result.seconds
    const cpuMicrosPerRequest = result.cpuMicros / result.requests
    results.set(handle.name, { requestsPerSecond, cpuMicrosPerRequest, peakBytes: result.peakBytes })
    log(
      `round ${String(round + 1)}/${String(rounds)}  ${handle.name.padEnd(16)} ` +
        `${requestsPerSecond.toFixed(0).padStart(7)} requests/s ${cpuMicrosPerRequest.toFixed(1).padStart(7)} µs CPU`,
    )
  }
  return results
}

async function countRoundTrips(
  processFile: string,
  workload: Workload,
  name: string,
  databaseUrl: string,
): Promise<number> {
  await using proxy = await NetworkProxy.start(databaseUrl)
  const url = proxy.urlFor(databaseUrl)
  const handle = await EntrantHandle.open(processFile, workload.name, name, { url, poolSize: 1 })
  const requests = workload.countedRequests ?? COUNTED_REQUESTS
  await handle.loop(1, { requests: Math.min(requests, REQUESTS_BEFORE_COUNTING) })
  proxy.shape('toClient', { delayMillis: COUNTING_DELAY_MILLIS })
  proxy.recorder.clear()
  await handle.loop(1, { requests })
  const { roundTrips } = proxy.recorder
  await handle.close()
  return roundTrips / requests
}

/** A network that takes its time. It reads nothing of what passes, so that it costs little. */
async function delayed(databaseUrl: string, delayMillis: number): Promise<NetworkProxy> {
  const proxy = await NetworkProxy.start(databaseUrl, { protocol: 'raw' })
  proxy.shape('both', { delayMillis })
  return proxy
}

function figures(
  workload: Workload,
  rounds: readonly Map<string, Round>[],
  roundTrips: ReadonlyMap<string, number>,
): EntrantFigures[] {
  return Object.keys(workload.entrants).map((name) => {
    const own = rounds.map((round) => round.get(name)!)
    const base = rounds.map((round) => round.get(workload.baseline)!)
    const ratios = (key: 'requestsPerSecond' | 'cpuMicrosPerRequest'): Spread =>
      spread(own.map((round, index) => round[key] / base[index]![key]))
    return {
      name,
      requestsPerSecond: spread(own.map((round) => round.requestsPerSecond)),
      requestsRatio: ratios('requestsPerSecond'),
      cpuMicrosPerRequest: spread(own.map((round) => round.cpuMicrosPerRequest)),
      cpuRatio: ratios('cpuMicrosPerRequest'),
      peakBytes: Math.max(...own.map((round) => round.peakBytes)),
      roundTripsPerRequest: roundTrips.get(name),
      rounds: own,
    }
  })
}
