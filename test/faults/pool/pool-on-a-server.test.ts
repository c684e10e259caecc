import { setTimeout as sleep } from 'node:timers/promises'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { resolveOptions } from '../../../src/config/resolve-options.js'
import { Engine } from '../../../src/engine/engine.js'
import type { Lease } from '../../../src/engine/lease.js'
import { DisconnectedError } from '../../../src/errors/operational-error.js'
import { cloneDatabase } from '../../support/clone-database.js'
import { NetworkProxy } from '../../support/network-proxy.js'
import { openEngine } from '../../integration/engine/open-engine.js'
import { rowsOf, sendGroup } from '../../integration/engine/run-statements.js'

const database = cloneDatabase()

/** What a caller of the pool may meet, all of it an answer and none of it a hang. */
const ANSWERS = new Set(['POOL_TIMEOUT', 'POOL_EXHAUSTED', 'OPERATION_ABORTED', 'CONNECTION_FAILED'])

const SIZE = 2
const OVERFLOW = 1
const MAX = SIZE + OVERFLOW
const MAX_WAITERS = 3

/** Somebody who asked for a connection and has not been answered. */
interface Asker {
  readonly order: number
  readonly controller: AbortController
}

/**
 * The pool on a real server, and what must be true of it whatever has been done to it: the abstract machine is two
 * sets, of who asked and of who holds.
 */
class PoolModel {
  readonly engine: Engine
  readonly proxy: NetworkProxy
  readonly askers = new Set<Asker>()
  readonly holders: Lease[] = []
  readonly stale: Lease[] = []
  /** In the order of service: never a later asker before an earlier one that is still in line (I-FIFO). */
  readonly served: number[] = []
  #asked = 0
  #answered: Promise<unknown>[] = []
  readonly unexpected: unknown[] = []

  constructor(proxy: NetworkProxy) {
    this.proxy = proxy
    const pool = { size: SIZE, maxOverflow: OVERFLOW, maxWaiters: MAX_WAITERS, acquireTimeoutMillis: 2_000 }
    this.engine = new Engine(resolveOptions({ url: proxy.urlFor(database.url), pool }))
  }

  ask(): void {
    const asker = { order: this.#asked++, controller: new AbortController() }
    this.askers.add(asker)
    const answered = this.engine.acquire(undefined, asker.controller.signal).then(
      (lease) => {
        this.askers.delete(asker)
        for (const other of this.askers) {
          if (other.order < asker.order && !other.controller.signal.aborted) this.unexpected.push('overtaken')
        }
        if (lease.status !== 'I') this.unexpected.push(`lent with status ${lease.status}`)
        this.served.push(asker.order)
        if (asker.controller.signal.aborted) lease.release()
        else this.holders.push(lease)
      },
      (error: unknown) => {
        this.askers.delete(asker)
        if (!ANSWERS.has((error as { code: string }).code)) this.unexpected.push(error)
      },
    )
    this.#answered.push(answered)
  }

  abort(which: number): void {
    const asker = [...this.askers][which % Math.max(1, this.askers.size)]
    asker?.controller.abort()
  }

  take(which: number): Lease | undefined {
    const index = which % Math.max(1, this.holders.length)
    const [lease] = this.holders.splice(index, 1)
    if (lease !== undefined) this.stale.push(lease)
    return lease
  }

  /** True at every moment (I-COUNT). */
  check(): void {
    const { inUse, idle, pending, waiting, acquired, released, max } = this.engine.stats()
    expect(this.unexpected).toEqual([])
    expect(max).toBe(MAX)
    expect(inUse + idle + pending).toBeLessThanOrEqual(MAX)
    expect(acquired - released).toBe(inUse)
    // Those for whom a connection was being opened are back in line when that fails.
    expect(waiting).toBeLessThanOrEqual(MAX_WAITERS + MAX)
    for (const lease of this.holders) expect(lease.status).toMatch(/^[ITE]$/)
  }

  /** True a moment after every change: nobody waits while a connection lies idle (I-PULSE). */
  checkPulse(): void {
    const waiting = [...this.askers].filter(({ controller }) => !controller.signal.aborted).length
    const { idle } = this.engine.stats()
    expect(Math.min(waiting, idle), `of ${waiting} waiting and ${idle} idle`).toBe(0)
  }

  /** True when all that is under way has ended: everyone is served while there is room. */
  async settle(): Promise<void> {
    await this.proxy.serve()
    const isQuiet = (): boolean => {
      const { inUse, pending } = this.engine.stats()
      const isEveryoneServed = this.askers.size === 0 || inUse === MAX
      return pending === 0 && isEveryoneServed && inUse === this.holders.length
    }
    for (let attempt = 0; attempt < 400 && !isQuiet(); attempt++) {
      await sleep(2)
      this.check()
    }
    expect({ isQuiet: isQuiet(), ...this.engine.stats() }).toMatchObject({ isQuiet: true })
  }

  /** The end of every run: all is given back, and nothing is left. */
  async end(): Promise<void> {
    await this.proxy.serve()
    while (this.holders.length > 0 || this.askers.size > 0) {
      for (const lease of this.holders.splice(0)) lease.release()
      await sleep(1)
      this.check()
    }
    await Promise.all(this.#answered)
    const { acquired, released, inUse, waiting, idle } = this.engine.stats()
    expect({ inUse, waiting, difference: acquired - released }).toEqual({
      inUse: 0,
      waiting: 0,
      difference: 0,
    })
    expect(idle).toBeLessThanOrEqual(SIZE)
    await this.engine.dispose({ graceMillis: 0 })
    await sleep(1)
    const end = this.engine.stats()
    expect([end.inUse, end.idle, end.pending, end.waiting], 'in use, idle, pending, waiting').toEqual([
      0, 0, 0, 0,
    ])
  }
}

type Step = (model: PoolModel, which: number) => unknown

const STEPS: Readonly<Record<string, Step>> = {
  ask: (model) => model.ask(),
  askTwice: (model) => {
    model.ask()
    model.ask()
  },
  abort: (model, which) => model.abort(which),
  askAndAbort: (model) => {
    model.ask()
    model.abort(model.askers.size - 1)
  },
  release: (model, which) => model.take(which)?.release(),
  releaseTwice: (model, which) => {
    const lease = model.take(which)
    lease?.release()
    lease?.release()
  },
  destroy: (model, which) =>
    model.take(which)?.destroy(new DisconnectedError({ message: 'The test gives it up' })),
  releaseInTransaction: async (model, which) => {
    const lease = model.take(which)
    if (lease === undefined) return
    await sendGroup(lease, 'begin')
    lease.release()
  },
  releaseInFlight: (model, which) => {
    const lease = model.take(which)
    if (lease === undefined) return
    void sendGroup(lease, 'select pg_sleep(0.01)')
    lease.release()
  },
  work: async (model, which) => {
    const lease = model.holders[which % Math.max(1, model.holders.length)]
    if (lease === undefined) return
    const group = await sendGroup(lease, ['select $1::int as which', which])
    if (group.error === undefined) expect(group.outcomes).toMatchObject([{ rows: [{ which }] }])
    else expect(group.isLost).toBe(true)
  },
  staleRelease: (model) => {
    for (const lease of model.stale) lease.release()
  },
  staleSend: (model) => {
    for (const lease of model.stale) {
      expect(() => lease.send([{ text: 'select 1', values: [] }], () => undefined)).toThrow(/SESSION_CLOSED/)
    }
  },
  resetOne: (model, which) => {
    const { connections } = model.proxy
    connections[which % Math.max(1, connections.length)]?.reset()
  },
  resetAll: (model) => model.proxy.resetAll(),
  freeze: async (model) => await model.proxy.freeze(),
  thaw: async (model) => await model.proxy.serve(),
  wait: async (model) => {
    await sleep(3)
    model.checkPulse()
  },
  settle: async (model) => await model.settle(),
}

describe('The pool on a server', () => {
  it('keeps its promises in any order of asking, aborting, releasing, losing, hanging and misusing', async () => {
    await using proxy = await NetworkProxy.start(database.url)
    const anyStep = fc.oneof(
      { weight: 3, arbitrary: fc.constantFrom('ask', 'askTwice') },
      { weight: 2, arbitrary: fc.constantFrom('settle', 'wait') },
      { weight: 5, arbitrary: fc.constantFrom(...Object.keys(STEPS)) },
    )
    const anySteps = fc.array(fc.tuple(anyStep, fc.nat({ max: 10 })), { maxLength: 40, size: 'max' })
    await fc.assert(
      fc.asyncProperty(anySteps, async (steps) => {
        const model = new PoolModel(proxy)
        try {
          for (const [name, which] of steps) {
            await STEPS[name]!(model, which)
            model.check()
          }
          await model.settle()
        } finally {
          await model.end()
        }
      }),
      { numRuns: 80, interruptAfterTimeLimit: 15_000, markInterruptAsFailure: false },
    )
    // The last backends go a moment after their sockets.
    await expect.poll(() => database.backends(), { timeout: 15_000, interval: 20 }).toEqual([])
  })

  it('serves rows to whoever asked for them, while connections come and go', async () => {
    await using proxy = await NetworkProxy.start(database.url)
    const pool = { size: 3, maxOverflow: 2, acquireTimeoutMillis: 5_000 }
    const engine = openEngine(proxy.urlFor(database.url), { pool })
    let isOver = false
    const nemesis = (async () => {
      for (let round = 0; !isOver; round++) {
        await sleep(25)
        // Those that are still logging in are spared: else no connection would ever be opened.
        const open = proxy.connections.filter(({ backendPid }) => backendPid !== undefined)
        open[round % Math.max(1, open.length)]?.reset()
      }
    })()
    const outcomes = { right: 0, lost: 0 }
    await Promise.all(
      Array.from({ length: 20 }, async (_, worker) => {
        for (let turn = 0; turn < 25; turn++) {
          const lease = await engine.acquire()
          const mark = worker * 1_000 + turn
          try {
            expect(await rowsOf(lease, 'select $1::int as mark', mark)).toEqual([{ mark }])
            outcomes.right++
          } catch (error) {
            expect(error).toBeInstanceOf(DisconnectedError)
            outcomes.lost++
          } finally {
            lease.release()
          }
        }
      }),
    )
    isOver = true
    await nemesis
    expect(outcomes.right + outcomes.lost).toBe(500)
    expect(outcomes.right).toBeGreaterThan(250)
    const { acquired, released, inUse } = engine.stats()
    expect({ acquired, released, inUse }).toEqual({ acquired: 500, released: 500, inUse: 0 })
  })
})
