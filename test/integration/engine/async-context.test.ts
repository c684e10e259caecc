import { AsyncLocalStorage } from 'node:async_hooks'
import { setTimeout as sleep } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { describe, expect, it, vi } from 'vitest'
import type { Engine } from '../../../src/engine/engine.js'
import { cloneDatabase } from '../../support/clone-database.js'
import { NetworkProxy } from '../../support/network-proxy.js'
import { pastPooler } from '../../support/via.js'
import { openEngine } from './open-engine.js'
import { rowsOf, sendGroup, withLease } from './run-statements.js'

const database = cloneDatabase()
const requests = new AsyncLocalStorage<{ readonly name: string }>()

setFlagsFromString('--expose-gc')
const collectGarbage = runInNewContext('gc') as () => void

/** Whether a request's store can be collected once the work, started in that request, has ended. */
async function isForgottenAfter(work: () => Promise<void>): Promise<boolean> {
  const reference = await (async () => {
    const store = { name: 'a request that ended' }
    await requests.run(store, work)
    return new WeakRef(store)
  })()
  for (let attempt = 0; attempt < 20 && reference.deref() !== undefined; attempt++) {
    await sleep(5)
    collectGarbage()
  }
  return reference.deref() === undefined
}

describe('A request', () => {
  it('is forgotten by a mere promise (or this file could prove nothing)', async () => {
    let kept: unknown
    expect(await isForgottenAfter(() => sleep(1))).toBe(true)
    expect(
      await isForgottenAfter(async () => {
        kept = requests.getStore()
      }),
    ).toBe(false)
    expect(kept).toBeDefined()
  })

  // E15: a connection of pg keeps the store of the request that happened to open it, for life.
  it.each<[name: string, work: (engine: Engine) => Promise<void>]>([
    ['opened the connection', async (engine) => (await engine.acquire()).release()],
    [
      'ran a statement on it',
      async (engine) => {
        await withLease(engine, (lease) => rowsOf(lease, 'select 1 as one'))
      },
    ],
    [
      'waited in line for it',
      async (engine) => {
        const holder = await engine.acquire()
        const waiting = engine.acquire()
        holder.release()
        ;(await waiting).release()
      },
    ],
    [
      'gave its wait up',
      async (engine) => {
        const holder = await engine.acquire()
        const controller = new AbortController()
        const waiting = engine.acquire(undefined, controller.signal)
        controller.abort()
        await waiting.catch(() => undefined)
        holder.release()
      },
    ],
    [
      'lost a connection',
      async (engine) => {
        const lease = await engine.acquire()
        const running = sendGroup(lease, 'select pg_sleep(20)')
        await sleep(20)
        await database.query('select pg_terminate_backend($1)', [lease.processId])
        await running
        lease.release()
        ;(await engine.acquire()).release()
      },
    ],
    [
      'cancelled a statement',
      async (engine) => {
        const lease = await engine.acquire()
        const running = sendGroup(lease, 'select pg_sleep(20)')
        await sleep(20)
        await lease.cancel(1_000)
        await running
        lease.release()
      },
    ],
  ])('is forgotten by the pool although it %s, while the connection lives on', async (_, work) => {
    const engine = openEngine(database.url, { pool: { idleTimeoutMillis: 60_000 } })
    expect(await isForgottenAfter(() => work(engine))).toBe(true)
    expect(engine.stats().idle).toBe(1)
  })

  it('is forgotten by the pool while the server resets what it left on a connection', async () => {
    await using proxy = await NetworkProxy.start(pastPooler(database.url))
    const engine = openEngine(proxy.urlFor(database.url))
    const work = async () => {
      const lease = await engine.acquire()
      await rowsOf(lease, "set timezone = 'Asia/Tokyo'")
      proxy.blackHoleAll()
      lease.release()
    }
    expect(await isForgottenAfter(work)).toBe(true)
    expect(engine.stats()).toMatchObject({ inUse: 0 })
  })
})

describe('Code of the user', () => {
  it('that listens to the engine runs in the context in which it began to listen', async () => {
    const engine = openEngine(database.url)
    const heard: unknown[] = []
    const stopAll = requests.run({ name: 'listener' }, () =>
      (['connect', 'roundTrip', 'invalidate'] as const).map((event) =>
        engine.on(event, () => heard.push([event, requests.getStore()?.name])),
      ),
    )
    const processId = await requests.run({ name: 'request' }, () =>
      withLease(engine, async (lease) => {
        await rowsOf(lease, 'select 1 as one')
        return lease.processId
      }),
    )
    await database.query('select pg_terminate_backend($1)', [processId])
    await vi.waitFor(() => expect(heard).toHaveLength(3))
    expect(heard).toEqual([
      ['connect', 'listener'],
      ['roundTrip', 'listener'],
      ['invalidate', 'listener'],
    ])
    for (const stop of stopAll) stop()
  })

  // One password function serves all requests: it must not take one of them for its own.
  it('that is asked for the password sees no request', async () => {
    const { password } = new URL(database.url)
    const seen: unknown[] = []
    const engine = openEngine(database.url, {
      password: async () => {
        seen.push(requests.getStore())
        return decodeURIComponent(password)
      },
    })
    await requests.run({ name: 'request' }, async () => (await engine.acquire()).release())
    expect(seen).toEqual([undefined])
  })

  it('goes on in its own context after a wait that another request ended', async () => {
    const engine = openEngine(database.url)
    const seen: unknown[] = []
    const holder = await requests.run({ name: 'holder' }, () => engine.acquire())
    const waiting = requests.run({ name: 'waiter' }, async () => {
      const lease = await engine.acquire()
      seen.push(requests.getStore()?.name)
      await rowsOf(lease, 'select 1 as one')
      seen.push(requests.getStore()?.name)
      lease.release()
    })
    requests.run({ name: 'holder' }, () => holder.release())
    await waiting
    expect(seen).toEqual(['waiter', 'waiter'])
  })

  it('that logs never runs in the context of another request', async () => {
    const seen: unknown[] = []
    const note = (): void => void seen.push(requests.getStore()?.name)
    const engine = openEngine(database.url, {
      echo: true,
      logger: { debug: note, info: note, warn: note, error: note },
    })
    await requests.run({ name: 'opener' }, async () => (await engine.acquire()).release())
    await requests.run({ name: 'borrower' }, () =>
      withLease(engine, (lease) => rowsOf(lease, 'select 1 as one')),
    )
    expect(seen).toHaveLength(1)
    expect(seen).not.toContain('opener')
  })
})
