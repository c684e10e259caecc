import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it, vi } from 'vitest'
import type { Engine } from '../../../src/engine/engine.js'
import type { Lease } from '../../../src/engine/lease.js'
import { cloneDatabase } from '../../support/clone-database.js'
import { openEngine } from './open-engine.js'
import { rowsOf, sendGroup, withLease } from './run-statements.js'

const database = cloneDatabase()

async function take(engine: Engine, count: number): Promise<Lease[]> {
  return await Promise.all(Array.from({ length: count }, () => engine.acquire()))
}

/** Waits until the server serves this many connections; the sockets' ends are seen a moment later there. */
async function expectBackends(count: number): Promise<void> {
  await vi.waitFor(async () => expect(await database.backends()).toHaveLength(count), {
    timeout: 15_000,
    interval: 10,
  })
}

describe('The pool', () => {
  it('opens nothing before it is asked', async () => {
    openEngine(database.url, { pool: { size: 5 } })
    await sleep(30)
    await expectBackends(0)
  })

  it('opens a connection only when none is idle', async () => {
    const engine = openEngine(database.url, { pool: { size: 5 } })
    for (let loan = 0; loan < 10; loan++) (await engine.acquire()).release()
    expect(engine.stats()).toMatchObject({ opened: 1, idle: 1, acquired: 10 })
  })

  it('opens up to size and maxOverflow, and not one more', async () => {
    const engine = openEngine(database.url, { pool: { size: 2, maxOverflow: 2, acquireTimeoutMillis: 400 } })
    const leases = await take(engine, 4)
    await expect(engine.acquire()).rejects.toMatchObject({ code: 'POOL_TIMEOUT' })
    expect(engine.stats()).toMatchObject({ inUse: 4, opened: 4, max: 4 })
    await expectBackends(4)
    for (const lease of leases) lease.release()
  })

  it('closes overflow connections when they come back, and keeps size', async () => {
    const engine = openEngine(database.url, { pool: { size: 2, maxOverflow: 3 } })
    const leases = await take(engine, 5)
    for (const lease of leases) lease.release()
    expect(engine.stats()).toMatchObject({ idle: 2, inUse: 0, destroyed: 0 })
    await expectBackends(2)
  })

  it('gives an overflow connection to those in line before it closes it', async () => {
    const engine = openEngine(database.url, { pool: { size: 1, maxOverflow: 1 } })
    const leases = await take(engine, 2)
    const waiting = engine.acquire()
    leases[1]!.release()
    const lease = await waiting
    expect(engine.stats()).toMatchObject({ opened: 2, inUse: 2 })
    lease.release()
    leases[0]!.release()
    await expectBackends(1)
  })

  it('closes overflow connections that were opened for callers who left', async () => {
    const engine = openEngine(database.url, { pool: { size: 1, maxOverflow: 4 } })
    const controller = new AbortController()
    const waiting = Array.from({ length: 5 }, () => engine.acquire(undefined, controller.signal))
    await sleep(0)
    controller.abort()
    expect((await Promise.allSettled(waiting)).every(({ status }) => status === 'rejected')).toBe(true)
    await vi.waitFor(() => expect(engine.stats()).toMatchObject({ pending: 0, inUse: 0 }))
    expect(engine.stats().idle).toBeLessThanOrEqual(1)
    await expectBackends(engine.stats().idle)
  })

  it('lends the connection that was used last', async () => {
    const engine = openEngine(database.url, { pool: { size: 3 } })
    const leases = await take(engine, 3)
    const [, second] = leases.map((lease) => lease.processId)
    leases[0]!.release()
    leases[2]!.release()
    leases[1]!.release()
    for (let loan = 0; loan < 3; loan++) {
      await withLease(engine, async (lease) => {
        expect(lease.processId).toBe(second)
      })
    }
  })

  it('closes connections that lie idle for idleTimeoutMillis, and only those', async () => {
    const engine = openEngine(database.url, { pool: { size: 3, idleTimeoutMillis: 80 } })
    const [held, ...others] = await take(engine, 3)
    for (const lease of others) lease.release()
    expect(engine.stats().idle).toBe(2)
    await expectBackends(1)
    expect(engine.stats()).toMatchObject({ idle: 0, inUse: 1 })
    expect(await rowsOf(held!, 'select 1 as one')).toEqual([{ one: 1 }])
    held!.release()
  })

  it('keeps idle connections for ever when idleTimeoutMillis is 0', async () => {
    const engine = openEngine(database.url, { pool: { idleTimeoutMillis: 0 } })
    ;(await engine.acquire()).release()
    await sleep(100)
    expect(engine.stats().idle).toBe(1)
  })

  it('replaces a connection that is older than recycleMillis when it comes back', async () => {
    const engine = openEngine(database.url, { pool: { recycleMillis: 60 } })
    const lease = await engine.acquire()
    const before = lease.processId
    await sleep(80)
    // In use it is never cut.
    expect(await rowsOf(lease, 'select 1 as one')).toEqual([{ one: 1 }])
    lease.release()
    expect(engine.stats()).toMatchObject({ idle: 0, destroyed: 0 })
    await withLease(engine, async (next) => {
      expect(next.processId).not.toBe(before)
    })
  })

  it('replaces one that grew too old in the pool before it is lent', async () => {
    const engine = openEngine(database.url, { pool: { recycleMillis: 60 } })
    const before = await withLease(engine, async (lease) => lease.processId)
    await sleep(80)
    await withLease(engine, async (lease) => {
      expect(lease.processId).not.toBe(before)
    })
    await expectBackends(1)
  })

  it('serves those in line although the connection that came back was too old', async () => {
    const engine = openEngine(database.url, { pool: { recycleMillis: 30 } })
    const lease = await engine.acquire()
    const waiting = [engine.acquire(), engine.acquire()]
    await sleep(40)
    lease.release()
    ;(await waiting[0]!).release()
    ;(await waiting[1]!).release()
  })

  it('destroys a connection that comes back in a transaction, and the server rolls it back', async () => {
    const engine = openEngine(database.url)
    const before = await withLease(engine, async (lease) => {
      await sendGroup(lease, 'begin', "insert into person (name) values ('left open')")
      expect(lease.status).toBe('T')
      return lease.processId
    })
    expect(engine.stats()).toMatchObject({ destroyed: 1, idle: 0 })
    await withLease(engine, async (lease) => {
      expect(lease.status).toBe('I')
      expect(lease.processId).not.toBe(before)
      expect(await rowsOf(lease, "select from person where name = 'left open'")).toEqual([])
    })
  })

  it('destroys one that comes back in a failed transaction', async () => {
    const engine = openEngine(database.url)
    await withLease(engine, async (lease) => {
      await sendGroup(lease, 'begin', 'select 1 / 0')
      expect(lease.status).toBe('E')
    })
    expect(engine.stats()).toMatchObject({ destroyed: 1, idle: 0 })
  })

  it('destroys one that comes back while its statement runs, so that nobody waits for a stranger', async () => {
    const engine = openEngine(database.url)
    const lease = await engine.acquire()
    const running = sendGroup(lease, "insert into person (name) select 'straggler' from pg_sleep(20)")
    await sleep(30)
    lease.release()
    expect(await running).toMatchObject({ isLost: true, isSent: true })
    const startedAt = performance.now()
    await withLease(engine, async (next) => {
      expect(await rowsOf(next, 'select 1 as one')).toEqual([{ one: 1 }])
    })
    expect(performance.now() - startedAt).toBeLessThan(10_000)
    expect(engine.stats()).toMatchObject({ destroyed: 1 })
    await database.query(
      "select pg_terminate_backend(pid) from pg_stat_activity where query like '%straggler%' and pid <> pg_backend_pid()",
    )
  })

  // I-CHURN, E8d2: whoever can provoke SQL errors could otherwise make a storm of connections.
  it('keeps its connection through any number of SQL errors', async () => {
    const engine = openEngine(database.url)
    for (let round = 0; round < 5; round++) {
      for (const text of ['select 1 / 0', 'select nothing', 'selec', 'insert into account values (1, 0)']) {
        await withLease(engine, async (lease) => {
          expect((await sendGroup(lease, text)).error).toBeDefined()
        })
      }
    }
    expect(engine.stats()).toMatchObject({ opened: 1, destroyed: 0, acquired: 20 })
  })
})

describe('Engine.stats', () => {
  it('gives frozen figures of that moment, which do not change later', async () => {
    const engine = openEngine(database.url, { pool: { size: 3, maxOverflow: 2 } })
    const before = engine.stats()
    const nothing = { count: 0, totalMillis: 0, maxMillis: 0, p50Millis: 0, p99Millis: 0 }
    expect(before).toEqual({
      size: 3,
      max: 5,
      inUse: 0,
      idle: 0,
      pending: 0,
      waiting: 0,
      opened: 0,
      acquired: 0,
      released: 0,
      destroyed: 0,
      timeouts: 0,
      refused: 0,
      deadlocks: 0,
      leaked: 0,
      wait: nothing,
      use: nothing,
      create: nothing,
    })
    expect([before, before.wait, before.use, before.create].map((part) => Object.isFrozen(part))).toEqual([
      true,
      true,
      true,
      true,
    ])
    const lease = await engine.acquire()
    expect(before.inUse).toBe(0)
    expect(engine.stats()).toMatchObject({ inUse: 1, opened: 1, acquired: 1, released: 0 })
    lease.release()
    expect(engine.stats()).toMatchObject({ inUse: 0, idle: 1, released: 1 })
  })

  it('measures how long callers waited, how long they held, and how long opening took', async () => {
    const engine = openEngine(database.url)
    const holder = await engine.acquire()
    const waiting = engine.acquire()
    await sleep(60)
    holder.release()
    ;(await waiting).release()
    const { wait, use, create } = engine.stats()
    expect([wait.count, use.count, create.count]).toEqual([2, 2, 1])
    // The first waited for the opening, the second for the first.
    expect(wait.maxMillis).toBeGreaterThanOrEqual(59)
    expect(wait.totalMillis).toBeGreaterThanOrEqual(create.totalMillis)
    expect(use.maxMillis).toBeGreaterThanOrEqual(59)
    expect(use.p99Millis).toBeGreaterThanOrEqual(50)
    expect(create.maxMillis).toBeGreaterThan(0)
  })

  it('counts each connection once, in every tick of being handed out', async () => {
    const engine = openEngine(database.url, { pool: { size: 2 } })
    for (const lease of await take(engine, 2)) lease.release()
    const sums: number[] = []
    const count = (): void => {
      const { inUse, idle, pending } = engine.stats()
      sums.push(inUse + idle + pending)
    }
    const waiting = [engine.acquire(), engine.acquire(), engine.acquire()]
    count()
    process.nextTick(count)
    queueMicrotask(count)
    setImmediate(count)
    for (const each of waiting) {
      const lease = await each
      count()
      lease.release()
      count()
    }
    expect(Math.max(...sums)).toBe(2)
    expect(Math.min(...sums)).toBe(2)
  })
})
