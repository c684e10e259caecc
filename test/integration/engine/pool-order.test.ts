import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Engine } from '../../../src/engine/engine.js'
import { cloneDatabase } from '../../support/clone-database.js'
import { NetworkProxy } from '../../support/network-proxy.js'
import { pastPooler } from '../../support/via.js'
import { openEngine } from './open-engine.js'
import { rowsOf } from './run-statements.js'

const database = cloneDatabase()
let proxy: NetworkProxy

beforeEach(async () => {
  proxy = await NetworkProxy.start(pastPooler(database.url))
})
afterEach(async () => {
  await proxy.stop()
})

/** Opens three connections and gives them back in the order 0, 1, 2. */
async function openThree(engine: Engine): Promise<(number | null)[]> {
  const leases = await Promise.all([engine.acquire(), engine.acquire(), engine.acquire()])
  const ids = leases.map(({ processId }) => processId)
  for (const lease of leases) lease.release()
  return ids
}

/** The processes that serve so many loans, one after the other. */
async function servedBy(engine: Engine, count: number): Promise<(number | null)[]> {
  const ids: (number | null)[] = []
  for (let each = 0; each < count; each++) {
    const lease = await engine.acquire()
    ids.push(lease.processId)
    lease.release()
  }
  return ids
}

describe('pool.lifo', () => {
  it('lends the connection that was used last, so that the others fall idle', async () => {
    const engine = openEngine(database.url, { pool: { size: 3 } })
    const [, , last] = await openThree(engine)
    expect(await servedBy(engine, 4)).toEqual([last, last, last, last])
  })

  it('false lends all in turn', async () => {
    const engine = openEngine(database.url, { pool: { size: 3, lifo: false } })
    const ids = await openThree(engine)
    expect(await servedBy(engine, 6)).toEqual([...ids, ...ids])
  })
})

/** How many questions the server got that hold nothing but a Sync. */
function pings(): number {
  const names = proxy.recorder.events
    .filter(({ message }) => message.direction === 'toServer')
    .map(({ message }) => message.name)
  return names.filter(
    (name, index) =>
      name === 'Sync' &&
      (index === 0 ||
        names[index - 1] === 'Sync' ||
        names[index - 1] === 'PasswordMessage' ||
        names[index - 1] === 'SASLResponse'),
  ).length
}

describe('pool.prePingIdleMillis', () => {
  it('replaces a connection that died in silence before work outside sessions gets it', async () => {
    const engine = openEngine(proxy.urlFor(database.url), { pool: { prePingIdleMillis: 20 } })
    ;(await engine.acquire()).release()
    await sleep(40)
    proxy.blackHoleAll()
    const lease = await engine.acquire()
    expect(await rowsOf(lease, 'select 1 as one')).toEqual([{ one: 1 }])
    lease.release()
    expect(engine.stats()).toMatchObject({ opened: 2, destroyed: 0 })
  })

  it('distrusts the others of that age too, so that one dead connection costs time once', async () => {
    const engine = openEngine(proxy.urlFor(database.url), { pool: { size: 3, prePingIdleMillis: 20 } })
    await openThree(engine)
    await sleep(40)
    proxy.blackHoleAll()
    const startedAt = performance.now()
    for (let each = 0; each < 3; each++) {
      const lease = await engine.acquire()
      expect(await rowsOf(lease, 'select 1 as one')).toEqual([{ one: 1 }])
      lease.release()
    }
    expect(performance.now() - startedAt).toBeLessThan(4_000)
  })

  it('asks nothing of a connection that was used a moment ago, nor for a session', async () => {
    const engine = openEngine(proxy.urlFor(database.url), { pool: { prePingIdleMillis: 60_000 } })
    ;(await engine.acquire()).release()
    ;(await engine.acquire()).release()
    const eager = openEngine(proxy.urlFor(database.url), { pool: { prePingIdleMillis: 0 } })
    ;(await eager.acquire()).release()
    const before = pings()
    const lease = await new Promise<{ release(): void }>((resolve, reject) => {
      eager.enqueue({ sessionId: 'session-1', onLease: resolve, onError: reject })
    })
    lease.release()
    expect(pings()).toBe(before)
    ;(await eager.acquire()).release()
    expect(pings()).toBe(before + 1)
  })

  it('asks nothing with prePing: false', async () => {
    const engine = openEngine(proxy.urlFor(database.url), { pool: { prePing: false, prePingIdleMillis: 0 } })
    ;(await engine.acquire()).release()
    const before = pings()
    ;(await engine.acquire()).release()
    expect(pings()).toBe(before)
  })
})
