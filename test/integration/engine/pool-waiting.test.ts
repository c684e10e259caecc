import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { PoolOptions } from '../../../src/config/pool-options.js'
import type { Engine } from '../../../src/engine/engine.js'
import type { Lease } from '../../../src/engine/lease.js'
import {
  OperationAbortedError,
  PoolExhaustedError,
  PoolTimeoutError,
} from '../../../src/errors/operational-error.js'
import { cloneDatabase } from '../../support/clone-database.js'
import { NetworkProxy } from '../../support/network-proxy.js'
import { pastPooler } from '../../support/via.js'
import { openEngine } from './open-engine.js'
import { rowsOf, withLease } from './run-statements.js'

const database = cloneDatabase()

/** What a promise was rejected with, and when. */
async function rejectionOf(promise: Promise<unknown>): Promise<{ error: unknown; millis: number }> {
  const startedAt = performance.now()
  const error = await promise.then(
    () => expect.unreachable('It should have been refused.'),
    (reason: unknown) => reason,
  )
  return { error, millis: performance.now() - startedAt }
}

/** Takes all connections there are. */
async function takeAll(engine: Engine): Promise<Lease[]> {
  return await Promise.all(Array.from({ length: engine.stats().max }, () => engine.acquire()))
}

function releaseAll(leases: readonly Lease[]): void {
  for (const lease of leases) lease.release()
}

/** I-DEADLINE: every promise settles by its deadline and 200 ms. */
const LATENESS_MILLIS = 2_000

describe('Waiting for a connection', () => {
  it('serves 1,000 waiters on a pool of 2 strictly in the order of their calls', async () => {
    const engine = openEngine(database.url, { pool: { size: 2, acquireTimeoutMillis: 20_000 } })
    const served: number[] = []
    await Promise.all(
      Array.from({ length: 1_000 }, async (_, index) => {
        const lease = await engine.acquire()
        served.push(index)
        if (index % 10 === 0) await rowsOf(lease, 'select 1 as one')
        lease.release()
      }),
    )
    expect(served).toEqual(Array.from({ length: 1_000 }, (_, index) => index))
    expect(engine.stats()).toMatchObject({
      acquired: 1_000,
      released: 1_000,
      opened: 2,
      inUse: 0,
      waiting: 0,
    })
  })

  it('lets no late arrival overtake those in line, not even at the moment of a release', async () => {
    const engine = openEngine(database.url)
    const served: string[] = []
    const take = async (name: string): Promise<void> => {
      const lease = await engine.acquire()
      served.push(name)
      lease.release()
    }
    const holder = await engine.acquire()
    const early = [take('1'), take('2'), take('3')]
    holder.release()
    const late = take('late')
    await Promise.all([...early, late])
    expect(served).toEqual(['1', '2', '3', 'late'])
  })

  it('refuses at once whoever would be one too many, and serves the others', async () => {
    const engine = openEngine(database.url, {
      pool: { size: 2, maxWaiters: 1_000, acquireTimeoutMillis: 20_000 },
    })
    const holders = await takeAll(engine)
    const startedAt = performance.now()
    let refusals = 0
    let lastRefusalMillis = 0
    let firstRefusal: unknown
    const served: number[] = []
    const all = Array.from({ length: 10_000 }, async (_, index) => {
      try {
        const lease = await engine.acquire()
        served.push(index)
        lease.release()
      } catch (error) {
        firstRefusal ??= error
        refusals++
        lastRefusalMillis = performance.now() - startedAt
      }
    })
    expect(engine.stats().waiting).toBe(1_000)
    await sleep(0)
    expect(refusals).toBe(9_000)
    expect(lastRefusalMillis).toBeLessThan(10_000)
    expect(firstRefusal).toBeInstanceOf(PoolExhaustedError)
    expect(firstRefusal).toMatchObject({ stats: { inUse: 2, max: 2, waiting: 1_000 } })
    expect((firstRefusal as Error).message).toMatch(/2 of 2 in use, 1000 waiting/)
    releaseAll(holders)
    await Promise.all(all)
    expect(served).toEqual(Array.from({ length: 1_000 }, (_, index) => index))
    expect(engine.stats()).toMatchObject({ refused: 9_000, waiting: 0 })
  })

  it('refuses everyone who would have to wait when maxWaiters is 0, and nobody who need not', async () => {
    const engine = openEngine(database.url, { pool: { size: 2, maxWaiters: 0 } })
    const leases = await Promise.all([engine.acquire(), engine.acquire()])
    await expect(engine.acquire()).rejects.toBeInstanceOf(PoolExhaustedError)
    leases[0].release()
    ;(await engine.acquire()).release()
    leases[1].release()
  })

  it('ends after acquireTimeoutMillis with the figures, and leaves nothing in the line', async () => {
    const engine = openEngine(database.url, { pool: { size: 1, acquireTimeoutMillis: 400 } })
    const [holder] = await takeAll(engine)
    const outcomes = await Promise.all(Array.from({ length: 50 }, () => rejectionOf(engine.acquire())))
    for (const { error, millis } of outcomes) {
      expect(error).toBeInstanceOf(PoolTimeoutError)
      expect(millis).toBeGreaterThanOrEqual(399)
      expect(millis).toBeLessThan(400 + LATENESS_MILLIS)
    }
    const { error } = outcomes[0]!
    expect(error).toMatchObject({ waitedMillis: 400, stats: { inUse: 1, max: 1, idle: 0 } })
    expect(Object.isFrozen((error as PoolTimeoutError).stats)).toBe(true)
    expect((error as Error).message).toContain('400 ms')
    expect((error as Error).message).toContain('1 of 1 in use')
    expect(engine.stats()).toMatchObject({ timeouts: 50, waiting: 0 })
    holder!.release()
    ;(await engine.acquire()).release()
  })

  it('gives the connection to the next in line when the first has timed out', async () => {
    const engine = openEngine(database.url, { pool: { acquireTimeoutMillis: 2_000 } })
    const holder = await engine.acquire()
    const first = rejectionOf(engine.acquire())
    await sleep(1_200)
    const second = engine.acquire()
    expect((await first).error).toBeInstanceOf(PoolTimeoutError)
    holder.release()
    ;(await second).release()
  })
})

describe('Waiting for a connection that cannot be opened', () => {
  let proxy: NetworkProxy

  beforeEach(async () => {
    proxy = await NetworkProxy.start(pastPooler(database.url))
  })
  afterEach(async () => {
    await proxy.stop()
  })

  const HANGING: readonly [name: string, open: (pool: PoolOptions) => Promise<Engine>][] = [
    [
      'the server accepts and then says nothing',
      async (pool) => {
        await proxy.freeze()
        return openEngine(proxy.urlFor(database.url), { pool })
      },
    ],
    [
      'the password function never settles',
      async (pool) => openEngine(database.url, { password: () => new Promise(() => undefined), pool }),
    ],
    [
      'the server falls silent while logging in',
      async (pool) => {
        proxy.intercept({ direction: 'toClient', name: 'Authentication', times: 10 }, 'swallow')
        return openEngine(proxy.urlFor(database.url), { pool })
      },
    ],
  ]

  it.each(HANGING)('ends in time and with the figures when %s', async (_, open) => {
    const engine = await open({ size: 2, acquireTimeoutMillis: 200 })
    const outcomes = await Promise.all(Array.from({ length: 8 }, () => rejectionOf(engine.acquire())))
    for (const { error, millis } of outcomes) {
      expect(error).toBeInstanceOf(PoolTimeoutError)
      expect(error).toMatchObject({ waitedMillis: 200, stats: { inUse: 0, max: 2 } })
      expect(millis).toBeLessThan(200 + LATENESS_MILLIS)
    }
    expect(engine.stats()).toMatchObject({ timeouts: 8, waiting: 0, inUse: 0 })
  })

  it.each(HANGING)('can be aborted when %s', async (_, open) => {
    const engine = await open({ size: 2, acquireTimeoutMillis: 5_000 })
    const controller = new AbortController()
    const waiting = rejectionOf(engine.acquire(undefined, controller.signal))
    await sleep(30)
    controller.abort()
    const { error, millis } = await waiting
    expect(error).toBeInstanceOf(OperationAbortedError)
    expect(millis).toBeLessThan(30 + LATENESS_MILLIS)
  })

  // A recycled connection is replaced by one that must be opened: the deadline covers that too.
  it('ends in time when the idle connection turns out to be too old', async () => {
    const engine = openEngine(`${proxy.urlFor(database.url)}?connect_timeout=5`, {
      pool: { acquireTimeoutMillis: 1_000, recycleMillis: 30 },
    })
    ;(await engine.acquire()).release()
    await sleep(50)
    await proxy.freeze()
    const { error, millis } = await rejectionOf(engine.acquire())
    expect(error).toBeInstanceOf(PoolTimeoutError)
    expect(millis).toBeLessThan(1_000 + LATENESS_MILLIS)
  })

  // A session keeps one waiter for all its transactions: what its first wait left must not stand for the second.
  it('ends in time for a waiter that has waited before', async () => {
    const engine = openEngine(`${proxy.urlFor(database.url)}?connect_timeout=5`, {
      pool: { acquireTimeoutMillis: 1_000, recycleMillis: 30 },
    })
    const wait = (waiter: { settle?: (outcome: unknown) => void }): Promise<unknown> =>
      new Promise((settle) => {
        waiter.settle = settle
        engine.enqueue(waiter as never)
      })
    const waiter = {
      sessionId: undefined,
      settle: undefined as ((outcome: unknown) => void) | undefined,
      onLease(lease: Lease) {
        lease.release()
        this.settle?.('served')
      },
      onError(error: Error) {
        this.settle?.(error)
      },
    }
    expect(await wait(waiter as never)).toBe('served')
    await sleep(50)
    await proxy.freeze()
    const outcome = await Promise.race([wait(waiter as never), sleep(4_000, 'still waiting')])
    expect(outcome).toBeInstanceOf(PoolTimeoutError)
  })

  // I-PULSE, P19: pg-pool ties a waiter to the connection that is being opened for it.
  it('takes what is given back meanwhile', async () => {
    const engine = openEngine(proxy.urlFor(database.url), { pool: { size: 2, acquireTimeoutMillis: 20_000 } })
    const holder = await engine.acquire()
    await proxy.freeze()
    const waiting = engine.acquire()
    await sleep(30)
    const startedAt = performance.now()
    holder.release()
    ;(await waiting).release()
    expect(performance.now() - startedAt).toBeLessThan(5_000)
  })

  it('takes an idle connection, whatever is being opened for those who gave up', async () => {
    const engine = openEngine(proxy.urlFor(database.url), { pool: { size: 2, acquireTimeoutMillis: 20_000 } })
    const holder = await engine.acquire()
    await proxy.freeze()
    const controller = new AbortController()
    const gaveUp = engine.acquire(undefined, controller.signal)
    await sleep(30)
    controller.abort()
    await expect(gaveUp).rejects.toBeInstanceOf(OperationAbortedError)
    holder.release()
    const startedAt = performance.now()
    ;(await engine.acquire()).release()
    expect(performance.now() - startedAt).toBeLessThan(5_000)
  })

  it('serves those in line as soon as the server answers again', async () => {
    const engine = openEngine(proxy.urlFor(database.url), { pool: { size: 2, acquireTimeoutMillis: 20_000 } })
    await proxy.freeze()
    const waiting = Array.from({ length: 4 }, () =>
      withLease(engine, (lease) => rowsOf(lease, 'select 1 as one')),
    )
    await sleep(100)
    const startedAt = performance.now()
    await proxy.serve()
    await Promise.all(waiting)
    expect(performance.now() - startedAt).toBeLessThan(5_000)
  })

  it('serves a connection that came too late for one waiter to the next', async () => {
    const engine = openEngine(proxy.urlFor(database.url), { pool: { acquireTimeoutMillis: 1_500 } })
    await proxy.freeze()
    await expect(engine.acquire()).rejects.toBeInstanceOf(PoolTimeoutError)
    const second = engine.acquire()
    await sleep(20)
    await proxy.serve()
    ;(await second).release()
    expect(engine.stats()).toMatchObject({ acquired: 1, released: 1, inUse: 0, pending: 0 })
  })
})

describe('An aborted wait', () => {
  it('is refused at once, before anything is opened, when the signal was aborted already', async () => {
    const engine = openEngine(database.url)
    const reason = new Error('the client went away')
    await expect(engine.acquire(undefined, AbortSignal.abort(reason))).rejects.toMatchObject({
      code: 'OPERATION_ABORTED',
      phase: 'acquire',
      cause: reason,
    })
    expect(engine.stats()).toMatchObject({ opened: 0, pending: 0 })
  })

  it('leaves the line at once, and does not disturb the order of the others', async () => {
    const engine = openEngine(database.url)
    const holder = await engine.acquire()
    const controller = new AbortController()
    const served: string[] = []
    const take = async (name: string, signal?: AbortSignal): Promise<void> => {
      const lease = await engine.acquire(undefined, signal)
      served.push(name)
      lease.release()
    }
    const all = [take('1'), take('aborted', controller.signal), take('2')]
    controller.abort()
    await expect(all[1]).rejects.toBeInstanceOf(OperationAbortedError)
    expect(engine.stats().waiting).toBe(2)
    holder.release()
    await Promise.all([all[0], all[2]])
    expect(served).toEqual(['1', '2'])
  })

  // P3: years of leaks in other pools.
  it('never costs a connection: 2,000 acquires, aborted at any time', async () => {
    const engine = openEngine(database.url, {
      pool: { size: 4, acquireTimeoutMillis: 20_000, maxWaiters: 5_000 },
    })
    const outcomes = { served: 0, aborted: 0 }
    await Promise.all(
      Array.from({ length: 2_000 }, async (_, index) => {
        const controller = new AbortController()
        const acquiring = engine.acquire(undefined, controller.signal)
        // At once, some time later, or never.
        const delay = index % 7 === 0 ? undefined : (index * 7_919) % 150
        if (delay === undefined) controller.abort()
        const timer = index % 5 === 0 ? undefined : setTimeout(() => controller.abort(), delay)
        try {
          const lease = await acquiring
          outcomes.served++
          if (index % 3 === 0) await rowsOf(lease, 'select 1 as one')
          lease.release()
        } catch (error) {
          expect(error).toBeInstanceOf(OperationAbortedError)
          outcomes.aborted++
        } finally {
          clearTimeout(timer)
        }
      }),
    )
    const { acquired, released, inUse, waiting, opened } = engine.stats()
    expect({ acquired, released, inUse, waiting }).toEqual({
      acquired: outcomes.served,
      released: outcomes.served,
      inUse: 0,
      waiting: 0,
    })
    expect(outcomes.aborted).toBeGreaterThan(200)
    expect(outcomes.served).toBeGreaterThan(200)
    expect(opened).toBeLessThanOrEqual(4)
    expect((await database.backends()).length).toBeLessThanOrEqual(4)
    releaseAll(await takeAll(engine))
  })

  it('leaves no listener on the signal, however often it is used', async () => {
    const engine = openEngine(database.url)
    const controller = new AbortController()
    let listeners = 0
    const { signal } = controller
    const add = signal.addEventListener.bind(signal)
    const remove = signal.removeEventListener.bind(signal)
    signal.addEventListener = (...parameters: Parameters<typeof add>) => {
      listeners++
      add(...parameters)
    }
    signal.removeEventListener = (...parameters: Parameters<typeof remove>) => {
      listeners--
      remove(...parameters)
    }
    for (let use = 0; use < 200; use++) (await engine.acquire(undefined, signal)).release()
    expect(listeners).toBe(0)
  })
})
