import { setTimeout as sleep } from 'node:timers/promises'
import { LocalCluster } from '../../../src/testing/local-cluster.js'
import { NetworkProxy } from '../../support/network-proxy.js'
import { audit, BANK_SCHEMA } from './audit.js'
import { Dice } from './dice.js'
import type { Entrant, EntrantOptions } from './entrant.js'
import type { FaultKind } from './fault-kinds.js'
import { Nemesis } from './nemesis.js'
import { OperationLog } from './operation-log.js'
import { percentile, type SoakReport } from './soak-report.js'
import { suspects } from './suspects.js'
import { planTransfer, type Transfer } from './transfer.js'
import { Watchman } from './watchman.js'

const WORKERS = 32
const CONNECTIONS = 16
const DEADLINE_MILLIS = 3_000
const IDLE_IN_TRANSACTION_MILLIS = 500
const HANG_MILLIS = 30_000
const SAMPLE_MILLIS = 200
const APPLICATION = 'soak'

/** How a soak runs. */
export interface SoakOptions {
  readonly seed: number
  readonly seconds: number
  readonly faults: ReadonlySet<FaultKind>
  readonly entrant: (options: EntrantOptions) => Entrant
}

/** Callers of a bank under faults, and the count of what they were told. */
class Soak {
  readonly done = new Set<number>()
  readonly notDone = new Set<number>()
  readonly unknown = new Set<number>()
  readonly latencies: number[] = []
  readonly failures = new Map<string, number>()
  readonly unknowns = { met: 0, committed: 0, aborted: 0 }
  readonly log: OperationLog
  readonly hangs: number[] = []
  readonly uncaught: string[] = []
  /** Failed although neither its caller nor its author had asked for it. */
  wasted = 0
  #operations = 0
  readonly #entrant: Entrant
  readonly #nemesis: Nemesis
  readonly #dice: Dice
  readonly #faults: ReadonlySet<FaultKind>

  constructor(entrant: Entrant, nemesis: Nemesis, options: SoakOptions) {
    this.#entrant = entrant
    this.#nemesis = nemesis
    this.#dice = new Dice(options.seed)
    this.#faults = options.faults
    this.log = new OperationLog(options.seed, options.faults)
  }

  get operations(): number {
    return this.#operations
  }

  async work(until: number): Promise<void> {
    while (performance.now() < until) {
      await this.#perform(planTransfer(++this.#operations, this.#dice, this.#faults))
    }
  }

  async #perform(transfer: Transfer): Promise<void> {
    const { operation, abortAfterMillis } = transfer
    const caller = new AbortController()
    const abort =
      abortAfterMillis === undefined ? undefined : setTimeout(() => caller.abort(), abortAfterMillis)
    const patience = new AbortController()
    const startedAt = performance.now()
    this.log.noteBegin(operation)
    const answer = this.#entrant.transfer(transfer, abort === undefined ? undefined : caller.signal).then(
      () => ({ error: undefined }),
      (error: unknown) => ({ error }),
    )
    const late = sleep(HANG_MILLIS, 'late' as const, { signal: patience.signal }).catch(() => 'late' as const)
    const outcome = await Promise.race([answer, late])
    clearTimeout(abort)
    patience.abort()
    if (outcome === 'late') {
      this.hangs.push(operation)
      this.unknown.add(operation)
      return
    }
    this.latencies.push(performance.now() - startedAt)
    this.log.noteEnd(operation, outcome.error)
    if (outcome.error === undefined) {
      this.#nemesis.noteSuccess()
      this.done.add(operation)
    } else {
      this.#noteFailure(transfer, outcome.error)
    }
  }

  #noteFailure(transfer: Transfer, error: unknown): void {
    const code = (error as { code?: unknown }).code
    const name = typeof code === 'string' ? code : String(error).split('\n', 1)[0]!.slice(0, 80)
    this.failures.set(name, (this.failures.get(name) ?? 0) + 1)
    if (transfer.abortAfterMillis === undefined && transfer.swallows === 'nowhere') this.wasted++
    const verdict = this.#entrant.verdictOf(error)
    if (verdict !== 'definite') this.unknowns.met++
    if (verdict === 'resolved to committed') this.unknowns.committed++
    if (verdict === 'resolved to aborted') this.unknowns.aborted++
    if (verdict === 'unknown') this.unknown.add(transfer.operation)
    else if (verdict === 'resolved to committed') this.done.add(transfer.operation)
    else this.notDone.add(transfer.operation)
  }
}

/** Runs a soak on a server of its own, and audits it. */
export async function runSoak(options: SoakOptions): Promise<SoakReport> {
  const cluster = await LocalCluster.create({
    timeoutMillis: 60_000,
    binDirectory: process.env['POSTGRES_BIN_DIRECTORY'] || undefined,
  })
  const watchman = new Watchman(cluster)
  try {
    await cluster.start()
    await watchman.insist(BANK_SCHEMA)
    const proxy = await NetworkProxy.start(cluster.url)
    const before = process.getActiveResourcesInfo().length
    const report = await soakOn(cluster, proxy, watchman, options)
    await proxy.stop()
    // One less: the proxy listened.
    return { ...report, handles: { before: before - 1, after: process.getActiveResourcesInfo().length } }
  } finally {
    await watchman.leave()
    await cluster.remove()
  }
}

async function soakOn(
  cluster: LocalCluster,
  proxy: NetworkProxy,
  watchman: Watchman,
  options: SoakOptions,
): Promise<Omit<SoakReport, 'handles'>> {
  const memoryBefore = process.memoryUsage().rss
  const entrant = options.entrant({
    url: proxy.urlFor(cluster.url),
    applicationName: APPLICATION,
    connections: CONNECTIONS,
    deadlineMillis: DEADLINE_MILLIS,
    idleInTransactionMillis: IDLE_IN_TRANSACTION_MILLIS,
  })
  const { faults, seed } = options
  const nemesis = new Nemesis({
    cluster,
    proxy,
    watchman,
    applicationName: APPLICATION,
    dice: new Dice(~seed),
    faults,
    onRestart: () => soak.log.noteRestart(),
  })
  const soak = new Soak(entrant, nemesis, options)
  const onUncaught = (error: unknown): void => {
    soak.uncaught.push(error instanceof Error ? String(error.stack) : String(error))
  }
  process.on('uncaughtException', onUncaught).on('unhandledRejection', onUncaught)

  const startedAt = performance.now()
  const sampling = new AbortController()
  const most = sampleBackends(watchman, entrant, sampling.signal)
  const workers = Array.from({ length: WORKERS }, () => soak.work(startedAt + options.seconds * 1_000))
  await sleep(options.seconds * 1_000)
  await nemesis.stop()
  await Promise.all(workers)
  const seconds = (performance.now() - startedAt) / 1_000
  sampling.abort()
  const { backends, open } = await most
  await entrant.close()
  await silence(watchman)

  const findings = await audit(watchman, soak)
  process.off('uncaughtException', onUncaught).off('unhandledRejection', onUncaught)
  const latencies = soak.latencies.sort((a, b) => a - b)
  return {
    seed,
    seconds,
    faults: [...faults],
    operations: {
      all: soak.operations,
      done: soak.done.size,
      notDone: soak.notDone.size,
      unknown: soak.unknown.size,
    },
    violations: { ...findings.violations, hangs: soak.hangs.length, uncaught: soak.uncaught.length },
    suspects: suspects(findings, soak),
    slowest: soak.log.describe(soak.log.slowest),
    unknowns: { ...soak.unknowns, left: soak.unknown.size, leftAndDone: findings.unknownAndDone },
    failures: Object.fromEntries([...soak.failures].sort(([, a], [, b]) => b - a)),
    wasted: soak.wasted,
    nemesis: nemesis.figures,
    recoveryMillis: nemesis.recoveries,
    loans: entrant.figures(),
    most: { connections: open, backends, allowed: CONNECTIONS },
    latencyMillis: {
      p50: percentile(latencies, 0.5),
      p99: percentile(latencies, 0.99),
      max: latencies.at(-1) ?? 0,
    },
    memory: { before: memoryBefore, after: process.memoryUsage().rss },
  }
}

/** The most connections the pool held, and the most backends the server had for it, those of black holes included. */
async function sampleBackends(
  watchman: Watchman,
  entrant: Entrant,
  signal: AbortSignal,
): Promise<{ backends: number; open: number | undefined }> {
  let backends = 0
  let open: number | undefined
  while (!signal.aborted) {
    await sleep(SAMPLE_MILLIS, undefined, { signal }).catch(() => undefined)
    const figures = entrant.figures()
    if (figures !== undefined) open = Math.max(open ?? 0, figures.open)
    const rows = await watchman
      .ask('select pid from pg_stat_activity where application_name = $1', [APPLICATION])
      .catch(() => [])
    backends = Math.max(backends, rows.length)
  }
  return { backends, open }
}

/** Nothing may commit behind the audit's back: what a black hole has left is ended, and waited for. */
async function silence(watchman: Watchman): Promise<void> {
  for (;;) {
    const left = await watchman.insist(
      'select pg_terminate_backend(pid) from pg_stat_activity where application_name = $1',
      [APPLICATION],
    )
    if (left.length === 0) return
    await sleep(20)
  }
}
