import { setTimeout as sleep } from 'node:timers/promises'
import type { LocalCluster } from '../../../src/testing/local-cluster.js'
import type { NetworkProxy } from '../../support/network-proxy.js'
import type { Dice } from './dice.js'
import type { FaultKind } from './fault-kinds.js'
import type { Watchman } from './watchman.js'

const PAUSES = { kill: 60, reset: 350, blackHole: 2_000, restart: 5_000 } as const
const BLACK_HOLES = 3
/** Share of all COMMITs that are lost, in each of the three ways. */
const LOST_COMMITS = 0.02

/** Whom the nemesis is after. */
export interface NemesisInit {
  readonly cluster: LocalCluster
  readonly proxy: NetworkProxy
  readonly watchman: Watchman
  readonly applicationName: string
  readonly dice: Dice
  readonly faults: ReadonlySet<FaultKind>
  /** The server is about to crash. */
  readonly onRestart: () => void
}

/** What it has done. */
export interface NemesisFigures {
  readonly kills: number
  readonly resets: number
  readonly blackHoles: number
  readonly restarts: number
  readonly lostCommitRequests: number
  readonly lostCommitReplies: number
  readonly silentCommits: number
}

/** Causes the faults of a soak, until it is stopped. */
export class Nemesis {
  readonly #init: NemesisInit
  readonly #stop = new AbortController()
  readonly #work: Promise<void>[] = []
  readonly #commitFaults: { readonly hits: number }[]
  readonly #counts = { kills: 0, resets: 0, blackHoles: 0, restarts: 0 }
  /** When the server last came back, on the clock of performance.now(), while nobody has succeeded since. */
  #backSince: number | undefined
  readonly #recoveries: number[] = []

  constructor(init: NemesisInit) {
    this.#init = init
    const { faults } = init
    this.#commitFaults = faults.has('commit') ? this.#loseCommits() : []
    if (faults.has('kill')) this.#work.push(this.#every(PAUSES.kill, () => this.#kill()))
    if (faults.has('reset')) this.#work.push(this.#every(PAUSES.reset, () => this.#reset()))
    if (faults.has('blackHole')) this.#work.push(this.#every(PAUSES.blackHole, () => this.#blackHole()))
    if (faults.has('restart')) this.#work.push(this.#every(PAUSES.restart, () => this.#restart()))
    // A soak of minutes would keep every message in memory.
    this.#work.push(this.#every(PAUSES.kill, () => init.proxy.recorder.clear()))
  }

  /** Milliseconds from each return of the server to the first success. */
  get recoveries(): readonly number[] {
    return this.#recoveries
  }

  get figures(): NemesisFigures {
    const [requests = 0, replies = 0, silent = 0] = this.#commitFaults.map(({ hits }) => hits)
    return {
      ...this.#counts,
      lostCommitRequests: requests,
      lostCommitReplies: replies,
      silentCommits: silent,
    }
  }

  /** An operation succeeded. */
  noteSuccess(): void {
    if (this.#backSince === undefined) return
    this.#recoveries.push(performance.now() - this.#backSince)
    this.#backSince = undefined
  }

  /** Ends the faults; a restart under way is completed. */
  async stop(): Promise<void> {
    this.#stop.abort()
    await Promise.all(this.#work)
    await this.#init.proxy.heal()
  }

  async #every(pauseMillis: number, strike: () => unknown): Promise<void> {
    const { signal } = this.#stop
    for (;;) {
      // Not in step with each other, nor with what they hit.
      const pause = pauseMillis * (0.5 + this.#init.dice.next())
      await sleep(pause, undefined, { signal }).catch(() => undefined)
      if (signal.aborted) return
      await strike()
    }
  }

  async #kill(): Promise<void> {
    const { watchman, dice, applicationName } = this.#init
    try {
      const backends = await watchman.ask<{ pid: number }>(
        'select pid from pg_stat_activity where application_name = $1 order by backend_start',
        [applicationName],
      )
      const victim = dice.oneOf(backends)
      if (victim === undefined) return
      await watchman.ask('select pg_terminate_backend($1)', [victim.pid])
      this.#counts.kills++
    } catch {
      // The server is down already.
    }
  }

  #reset(): void {
    const victim = this.#init.dice.oneOf(this.#init.proxy.connections)
    if (victim === undefined) return
    victim.reset()
    this.#counts.resets++
  }

  #blackHole(): void {
    for (let count = 0; count < BLACK_HOLES; count++) {
      const victim = this.#init.dice.oneOf(this.#init.proxy.connections)
      if (victim === undefined) return
      victim.blackHole()
      this.#counts.blackHoles++
    }
  }

  async #restart(): Promise<void> {
    const { cluster } = this.#init
    this.#backSince = undefined
    this.#init.onRestart()
    await cluster.shutDown('immediate')
    await cluster.start()
    this.#backSince = performance.now()
    this.#counts.restarts++
  }

  /** Without faults aimed at COMMIT few of them hit one: a soak of ten seconds may pass by luck. */
  #loseCommits(): { readonly hits: number }[] {
    const { proxy, dice } = this.#init
    const times = Number.POSITIVE_INFINITY
    const where = (): boolean => dice.chance(LOST_COMMITS)
    const asked = {
      direction: 'toServer',
      name: ['Query', 'Execute'],
      text: /^\s*commit\b/i,
      times,
      where,
    } as const
    const done = { direction: 'toClient', name: 'CommandComplete', text: /^COMMIT$/, times, where } as const
    return [
      proxy.intercept(asked, 'reset'),
      proxy.intercept(done, 'reset'),
      proxy.intercept(done, 'blackHole'),
    ]
  }
}
