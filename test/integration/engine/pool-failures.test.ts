import { createServer } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest'
import { ConnectionFailedError, PoolTimeoutError } from '../../../src/errors/operational-error.js'
import { cloneDatabase } from '../../support/clone-database.js'
import { NetworkProxy } from '../../support/network-proxy.js'
import { serverMessage } from '../../support/scripted-server.js'
import { pastPooler } from '../../support/via.js'
import { openEngine } from './open-engine.js'
import { rowsOf, sendGroup, withLease } from './run-statements.js'

const database = cloneDatabase()
let proxy: NetworkProxy

beforeEach(async () => {
  proxy = await NetworkProxy.start(pastPooler(database.url))
})
afterEach(async () => {
  await proxy.stop()
})

async function failureOf(promise: Promise<unknown>): Promise<ConnectionFailedError> {
  const error: unknown = await promise.then(
    () => expect.unreachable('It should have failed.'),
    (reason: unknown) => reason,
  )
  expect(error).toBeInstanceOf(ConnectionFailedError)
  return error as ConnectionFailedError
}

/** A server that answers every connection attempt with these bytes and FIN. */
async function fakeServer(answer: string | Buffer): Promise<{ url: string; attempts: () => number }> {
  let attempts = 0
  const server = createServer((socket) => {
    attempts++
    socket.on('error', () => undefined)
    socket.once('data', () => socket.end(answer))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void server.close())
  const { port } = server.address() as { port: number }
  return { url: `postgres://someone@127.0.0.1:${port}/somewhere`, attempts: () => attempts }
}

function errorResponse(sqlState: string): Buffer {
  return serverMessage('E', `SFATAL\0VFATAL\0C${sqlState}\0Mrefused\0\0`)
}

describe('A connection that the server refuses for good', () => {
  // I-FAILFAST: no attempt will ever be answered differently, so nobody waits for the next.
  it('fails at once with a wrong password, and says what to check', async () => {
    const engine = openEngine(database.url, { password: 'S3cr!et@/:#%' })
    const startedAt = performance.now()
    const error = await failureOf(engine.acquire())
    expect(performance.now() - startedAt).toBeLessThan(4_000)
    expect(error.sqlState).toBe('28P01')
    expect(error.hint).toMatch(/password/)
    expect(engine.stats()).toMatchObject({ inUse: 0, pending: 0, waiting: 0, opened: 0 })
  })

  it('fails at once when the database does not exist, and names it', async () => {
    const error = await failureOf(openEngine(database.url, { database: 'not_there' }).acquire())
    expect(error.sqlState).toBe('3D000')
    expect(error.message).toContain('not_there')
    expect(error.hint).toMatch(/database/)
  })

  it('names host, port and user', async () => {
    const { hostname, port } = new URL(pastPooler(database.url))
    const error = await failureOf(openEngine(database.url, { user: 'nobody_here' }).acquire())
    expect(error.message).toContain(`${hostname}:${port}`)
    expect(error.message).toContain('nobody_here')
    expect(error.context).toMatchObject({ host: hostname, port: Number(port), user: 'nobody_here' })
  })

  it('tells all who wait, each at the price of one attempt at most', async () => {
    const server = await fakeServer(errorResponse('28P01'))
    const engine = openEngine(server.url, { pool: { size: 3 } })
    const errors = await Promise.all(Array.from({ length: 20 }, () => failureOf(engine.acquire())))
    for (const error of errors) expect(error.sqlState).toBe('28P01')
    expect(server.attempts()).toBeLessThanOrEqual(20)
    expect(engine.stats()).toMatchObject({ waiting: 0, pending: 0 })
  })

  it('fails when the server has no TLS although TLS was asked for, before any secret is sent', async () => {
    const engine = openEngine(proxy.urlFor(database.url), { ssl: { rejectUnauthorized: false } })
    await failureOf(engine.acquire())
    const sent = proxy.recorder.events.filter(({ message }) => message.direction === 'toServer')
    expect(sent.map(({ message }) => message.name)).toEqual(['SSLRequest'])
  })
})

describe('A password function', () => {
  it('is asked once for each connection that is opened', async () => {
    const { password } = new URL(database.url)
    const ask = vi.fn(async () => decodeURIComponent(password))
    const engine = openEngine(database.url, { password: ask, pool: { size: 2 } })
    const leases = [await engine.acquire(), await engine.acquire()]
    for (const lease of leases) lease.release()
    ;(await engine.acquire()).release()
    expect(ask).toHaveBeenCalledTimes(2)
  })

  it('that fails makes the wait fail at once; what it threw is the cause and in no message', async () => {
    const thrown = new Error('vault: token S3cr!et@/:#% has expired')
    for (const password of [
      () => Promise.reject(thrown),
      (): string => {
        throw thrown
      },
    ]) {
      const error = await failureOf(openEngine(database.url, { password }).acquire())
      expect(error.cause).toBe(thrown)
      expect(JSON.stringify([error.message, error.hint, error.context])).not.toContain('S3cr!et')
    }
  })

  it.each([undefined, null, 5, '', {}])(
    'that gives %j instead of a text makes the wait fail',
    async (value) => {
      await failureOf(openEngine(database.url, { password: (async () => value) as never }).acquire())
    },
  )

  it('may give another password next time', async () => {
    const { password } = new URL(database.url)
    const passwords = ['an expired one', decodeURIComponent(password)]
    const engine = openEngine(database.url, { password: async () => passwords.shift()! })
    await failureOf(engine.acquire())
    ;(await engine.acquire()).release()
  })
})

describe('A server that is down', () => {
  it('makes every wait end by its deadline, and the error says why', async () => {
    const engine = openEngine(proxy.urlFor(database.url), { pool: { size: 2, acquireTimeoutMillis: 300 } })
    await proxy.refuse()
    const startedAt = performance.now()
    const outcomes = await Promise.allSettled(Array.from({ length: 10 }, () => engine.acquire()))
    expect(performance.now() - startedAt).toBeLessThan(4_000)
    for (const outcome of outcomes) {
      const reason = (outcome as PromiseRejectedResult).reason as Error
      expect(reason instanceof ConnectionFailedError || reason instanceof PoolTimeoutError).toBe(true)
      expect(reason.message).toContain('ECONNREFUSED')
    }
    expect(engine.stats()).toMatchObject({ inUse: 0, waiting: 0 })
  })

  it('serves again soon after it is back, those in line first', async () => {
    const engine = openEngine(proxy.urlFor(database.url), { pool: { size: 2, acquireTimeoutMillis: 20_000 } })
    await proxy.refuse()
    const served: number[] = []
    const waiting = Array.from({ length: 4 }, async (_, index) => {
      const lease = await engine.acquire()
      served.push(index)
      lease.release()
    })
    await sleep(300)
    await proxy.serve()
    const startedAt = performance.now()
    await Promise.all(waiting)
    expect(performance.now() - startedAt).toBeLessThan(3_000)
    expect(served).toEqual([0, 1, 2, 3])
  })

  it('is asked again by the next caller, however long it was down', async () => {
    const engine = openEngine(proxy.urlFor(database.url), { pool: { acquireTimeoutMillis: 300 } })
    await proxy.refuse()
    for (let attempt = 0; attempt < 3; attempt++) await expect(engine.acquire()).rejects.toThrow()
    await proxy.serve()
    const startedAt = performance.now()
    await vi.waitFor(async () => (await engine.acquire()).release(), { timeout: 15_000, interval: 1 })
    expect(performance.now() - startedAt).toBeLessThan(3_000)
  })

  // E8i: 100 refused attempts in 33 ms, without a pause, keep a server down that is coming up.
  it('is not stormed: few attempts, however many wait', async () => {
    const server = await fakeServer(errorResponse('57P03'))
    const engine = openEngine(server.url, { pool: { size: 5, maxOverflow: 5, acquireTimeoutMillis: 1_000 } })
    await Promise.allSettled(Array.from({ length: 200 }, () => engine.acquire()))
    // I-RECOVER: at most max + 2 a second while it is down.
    expect(server.attempts()).toBeLessThanOrEqual(10 + 2 + 10)
  })

  // S14: with 53300, or behind a firewall, those that are open serve on while no other can be opened.
  it('is not stormed either while connections that are open still serve', async () => {
    const engine = openEngine(proxy.urlFor(database.url), { pool: { size: 5, acquireTimeoutMillis: 1_000 } })
    const lease = await engine.acquire()
    lease.release()
    proxy.intercept({ direction: 'toServer', name: 'StartupMessage', times: 1_000 }, 'reset')
    const before = proxy.accepted
    const until = performance.now() + 600
    const outcomes: Promise<unknown>[] = []
    while (performance.now() < until) {
      for (let caller = 0; caller < 2; caller++) {
        const served = withLease(engine, (each) => rowsOf(each, 'select 1 as one'))
        outcomes.push(served.catch((error: unknown) => expect(error).toMatchObject({ code: 'POOL_TIMEOUT' })))
      }
      await sleep(5)
    }
    await Promise.all(outcomes)
    expect(proxy.accepted - before).toBeLessThanOrEqual(5 + 2 + 10)
    expect(engine.stats().acquired).toBeGreaterThan(10)
  })

  it('costs each session in flight one failure, and nothing after it is back', async () => {
    const engine = openEngine(proxy.urlFor(database.url), { pool: { size: 4, acquireTimeoutMillis: 20_000 } })
    const leases = await Promise.all(Array.from({ length: 4 }, () => engine.acquire()))
    const running = leases.map((lease) => sendGroup(lease, 'select pg_sleep(20)'))
    await sleep(30)
    await proxy.refuse()
    proxy.resetAll()
    for (const group of await Promise.all(running)) expect(group.isLost).toBe(true)
    for (const lease of leases) lease.release()
    await proxy.serve()
    const startedAt = performance.now()
    await Promise.all(
      Array.from({ length: 20 }, () => withLease(engine, (lease) => rowsOf(lease, 'select 1 as one'))),
    )
    expect(performance.now() - startedAt).toBeLessThan(10_000)
    expect(engine.stats()).toMatchObject({ destroyed: 4, inUse: 0 })
  })

  // P6: the elders of a lost connection are as dead as it is, although nobody has told them.
  it('makes all connections of before suspect: none of them is lent again', async () => {
    const engine = openEngine(proxy.urlFor(database.url), { pool: { size: 3 } })
    const leases = await Promise.all(Array.from({ length: 3 }, () => engine.acquire()))
    const elders = leases.map((lease) => lease.processId)
    leases[0]!.release()
    leases[1]!.release()
    proxy.connections.find(({ backendPid }) => backendPid === elders[2])!.reset()
    await sleep(30)
    leases[2]!.release()
    const next = await Promise.all(Array.from({ length: 3 }, () => engine.acquire()))
    for (const lease of next) {
      expect(elders).not.toContain(lease.processId)
      lease.release()
    }
  })
})
