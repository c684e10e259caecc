import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { PoolClosedError } from '../../../src/errors/operational-error.js'
import { cloneDatabase } from '../../support/clone-database.js'
import { NetworkProxy } from '../../support/network-proxy.js'
import { pastPooler } from '../../support/via.js'
import { openEngine } from './open-engine.js'
import { rowsOf, sendGroup } from './run-statements.js'

const database = cloneDatabase()
let proxy: NetworkProxy

beforeEach(async () => {
  proxy = await NetworkProxy.start(pastPooler(database.url))
})
afterEach(async () => {
  await proxy.stop()
})

/** P11: by its deadline, give or take what the sockets, and a busy machine, need; what hangs takes far longer. */
const LATENESS_MILLIS = 3_000
const FAR_LONGER_MILLIS = 30_000

async function millisOf(promise: Promise<unknown>): Promise<number> {
  const startedAt = performance.now()
  await promise
  return performance.now() - startedAt
}

async function expectNoConnection(): Promise<void> {
  await vi.waitFor(async () => expect(await database.backends()).toEqual([]), {
    timeout: 15_000,
    interval: 10,
  })
}

describe('Engine.dispose', () => {
  it('closes every connection', async () => {
    const engine = openEngine(database.url, { pool: { size: 3 } })
    for (const lease of await Promise.all([engine.acquire(), engine.acquire(), engine.acquire()]))
      lease.release()
    await engine.dispose()
    expect(engine.stats()).toMatchObject({ idle: 0, inUse: 0, pending: 0, waiting: 0 })
    await expectNoConnection()
  })

  it('resolves at once when nothing was ever opened', async () => {
    expect(await millisOf(openEngine(database.url).dispose())).toBeLessThan(LATENESS_MILLIS)
  })

  it('says goodbye to the server, which then logs no lost connection', async () => {
    const engine = openEngine(proxy.urlFor(database.url))
    ;(await engine.acquire()).release()
    await engine.dispose()
    const last = proxy.recorder.events.filter(({ message }) => message.direction === 'toServer').at(-1)
    expect(last!.message.name).toBe('Terminate')
  })

  it('gives the same promise to every caller', async () => {
    const engine = openEngine(database.url)
    const first = engine.dispose()
    expect(engine.dispose({ graceMillis: 1 })).toBe(first)
    await first
    expect(engine.dispose()).toBe(first)
  })

  it('refuses new callers and those in line at once, and lets holders end their work', async () => {
    const engine = openEngine(database.url, { pool: { acquireTimeoutMillis: FAR_LONGER_MILLIS } })
    const holder = await engine.acquire()
    const waiting = Promise.allSettled([engine.acquire(), engine.acquire(), engine.acquire()])
    await sleep(10)
    const closing = engine.dispose({ graceMillis: FAR_LONGER_MILLIS })
    const refused = Promise.all([waiting, Promise.allSettled([engine.acquire()])])
    expect(await millisOf(refused)).toBeLessThan(LATENESS_MILLIS)
    for (const outcome of (await refused).flat()) {
      expect(outcome).toMatchObject({ status: 'rejected', reason: { code: 'POOL_CLOSED' } })
    }
    expect(await rowsOf(holder, 'select 1 as one')).toEqual([{ one: 1 }])
    holder.release()
    expect(await millisOf(closing)).toBeLessThan(LATENESS_MILLIS)
    await expectNoConnection()
  })

  it('destroys what is still held when the grace is over; the holder is told why', async () => {
    const engine = openEngine(database.url, { pool: { size: 2 } })
    const idleHolder = await engine.acquire()
    const busyHolder = await engine.acquire()
    const running = sendGroup(busyHolder, 'select pg_sleep(20)')
    const millis = await millisOf(engine.dispose({ graceMillis: 200 }))
    expect(millis).toBeGreaterThanOrEqual(199)
    expect(millis).toBeLessThan(200 + LATENESS_MILLIS)
    const group = await running
    expect(group.error).toBeInstanceOf(PoolClosedError)
    expect(group.isLost).toBe(true)
    const late = await sendGroup(idleHolder, 'select 1 as one')
    expect(late.error).toBeInstanceOf(PoolClosedError)
    expect(late.isSent).toBe(false)
    idleHolder.release()
    busyHolder.release()
    expect(engine.stats()).toMatchObject({ inUse: 0, acquired: 2, released: 2 })
    await database.query(
      'select pg_terminate_backend(pid) from pg_stat_activity where query = $$select pg_sleep(20)$$',
    )
    await expectNoConnection()
  })

  it('takes no grace when it is given none', async () => {
    const engine = openEngine(database.url)
    const holder = await engine.acquire()
    expect(await millisOf(engine.dispose({ graceMillis: 0 }))).toBeLessThan(LATENESS_MILLIS)
    holder.release()
  })

  it('closes a connection that comes back during the grace, and lends it to nobody', async () => {
    const engine = openEngine(database.url, { pool: { size: 2 } })
    const first = await engine.acquire()
    const second = await engine.acquire()
    const closing = engine.dispose({ graceMillis: 2_000 })
    first.release()
    await expect(engine.acquire()).rejects.toBeInstanceOf(PoolClosedError)
    second.release()
    await closing
    await expectNoConnection()
  })

  it('resolves by its deadline although a connection is being opened and hangs', async () => {
    const engine = openEngine(proxy.urlFor(database.url), {
      pool: { acquireTimeoutMillis: FAR_LONGER_MILLIS },
    })
    await proxy.freeze()
    const waiting = engine.acquire()
    await Promise.all([
      expect(waiting).rejects.toBeInstanceOf(PoolClosedError),
      expect(sleep(30).then(() => millisOf(engine.dispose({ graceMillis: 100 })))).resolves.toBeLessThan(
        100 + LATENESS_MILLIS,
      ),
    ])
  })

  it('has nothing left when it resolves, not even a connection that was being opened', async () => {
    const engine = openEngine(proxy.urlFor(database.url), {
      pool: { acquireTimeoutMillis: FAR_LONGER_MILLIS },
    })
    await proxy.freeze()
    const waiting = expect(engine.acquire()).rejects.toBeInstanceOf(PoolClosedError)
    await sleep(30)
    await engine.dispose({ graceMillis: 0 })
    const { inUse, idle, pending } = engine.stats()
    await waiting
    expect({ inUse, idle, pending }).toEqual({ inUse: 0, idle: 0, pending: 0 })
  })

  it('resolves by its deadline although the password function hangs', async () => {
    const engine = openEngine(database.url, { password: () => new Promise(() => undefined) })
    const waiting = expect(engine.acquire()).rejects.toBeInstanceOf(PoolClosedError)
    await sleep(30)
    expect(await millisOf(engine.dispose({ graceMillis: 100 }))).toBeLessThan(100 + LATENESS_MILLIS)
    await waiting
    await expectNoConnection()
  })

  it('resolves by its deadline with one connection leaked, one in a black hole and ten in line', async () => {
    const engine = openEngine(proxy.urlFor(database.url), {
      pool: { size: 2, acquireTimeoutMillis: FAR_LONGER_MILLIS },
    })
    const leaked = await engine.acquire()
    const held = await engine.acquire()
    const waiting = Promise.allSettled(Array.from({ length: 10 }, () => engine.acquire()))
    proxy.blackHoleAll()
    const closing = millisOf(engine.dispose({ graceMillis: 300 }))
    expect(await millisOf(waiting)).toBeLessThan(LATENESS_MILLIS)
    // Clean when it comes back; only its goodbye will not be answered.
    held.release()
    expect(await closing).toBeLessThan(300 + LATENESS_MILLIS)
    leaked.release()
  })

  it('closes a connection that is opened only after the close began', async () => {
    const engine = openEngine(proxy.urlFor(database.url))
    proxy.shape('toClient', { delayMillis: 20 })
    const waiting = expect(engine.acquire()).rejects.toBeInstanceOf(PoolClosedError)
    await sleep(10)
    await engine.dispose({ graceMillis: 1_000 })
    await waiting
    await sleep(50)
    expect(engine.stats()).toMatchObject({ inUse: 0, idle: 0, pending: 0 })
    await expectNoConnection()
  })

  it('leaves nothing pending when it meets a loan that is being made', async () => {
    const engine = openEngine(database.url)
    ;(await engine.acquire()).release()
    const waiting = engine.acquire().then(
      (lease) => {
        lease.release()
        return 'served'
      },
      (error: unknown) => error,
    )
    await engine.dispose({ graceMillis: 500 })
    const outcome = await waiting
    if (outcome !== 'served') expect(outcome).toBeInstanceOf(PoolClosedError)
    expect(engine.stats()).toMatchObject({ inUse: 0, idle: 0, pending: 0, waiting: 0 })
    await expectNoConnection()
  })
})
