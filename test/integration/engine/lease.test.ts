import { setTimeout as sleep } from 'node:timers/promises'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Lease } from '../../../src/engine/lease.js'
import { OperationAbortedError } from '../../../src/errors/operational-error.js'
import { SessionClosedError } from '../../../src/errors/usage-error.js'
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

const SELECT = [{ text: 'select 1 as one', values: [] }]
const ABORTED = new OperationAbortedError({ message: 'The test gives up', phase: 'query' })

/** Everything that a program could try with a handle. */
const ATTEMPTS: readonly [name: string, attempt: (lease: Lease) => unknown][] = [
  ['send', (lease) => lease.send(SELECT, () => undefined)],
  ['status', (lease) => lease.status],
  ['processId', (lease) => lease.processId],
  ['sublet', (lease) => lease.sublet()],
]

function messagesToServer(): number {
  return proxy.recorder.events.filter(({ message }) => message.direction === 'toServer').length
}

describe('A released lease', () => {
  it.each(ATTEMPTS)('refuses %s, and sends not a byte', async (_, attempt) => {
    const engine = openEngine(proxy.urlFor(database.url))
    const stale = await engine.acquire()
    stale.release()
    const owner = await engine.acquire()
    await sendGroup(owner, 'begin')
    const before = messagesToServer()
    expect(() => attempt(stale)).toThrow(SessionClosedError)
    await sleep(20)
    expect(messagesToServer()).toBe(before)
    await sendGroup(owner, 'rollback')
    owner.release()
  })

  // E4j: through pg-pool's raw client this row appears inside the stranger's transaction.
  it("cannot reach into the next borrower's transaction", async () => {
    const engine = openEngine(database.url)
    const stale = await engine.acquire()
    stale.release()
    const owner = await engine.acquire()
    await sendGroup(owner, 'begin')
    expect(() =>
      stale.send([{ text: "insert into person (name) values ('stranger')", values: [] }], () => undefined),
    ).toThrow(SessionClosedError)
    await sendGroup(owner, 'commit')
    owner.release()
    expect(await database.query("select from person where name = 'stranger'")).toEqual([])
  })

  // E4i: a second release() of pg's client frees the next owner's loan, and a third gets the same backend.
  it('may be released again without harm to whoever has the connection now', async () => {
    const engine = openEngine(database.url, { pool: { acquireTimeoutMillis: 300 } })
    const stale = await engine.acquire()
    stale.release()
    const owner = await engine.acquire()
    stale.release()
    stale.destroy(ABORTED)
    expect(engine.stats()).toMatchObject({ inUse: 1, acquired: 2, released: 1, destroyed: 0 })
    await expect(engine.acquire()).rejects.toMatchObject({ code: 'POOL_TIMEOUT' })
    expect(await rowsOf(owner, 'select 1 as one')).toEqual([{ one: 1 }])
    owner.release()
  })

  it('cancels nothing: the next borrower runs on', async () => {
    const engine = openEngine(database.url)
    const stale = await engine.acquire()
    stale.release()
    const owner = await engine.acquire()
    const running = sendGroup(owner, 'select pg_sleep(0.1)')
    await sleep(30)
    expect(await stale.cancel(1_000)).toBe(true)
    expect((await running).error).toBeUndefined()
    owner.release()
  })

  it('says what was attempted, and what to do', async () => {
    const lease = await openEngine(database.url).acquire()
    lease.release()
    expect(() => lease.status).toThrow(
      expect.objectContaining({ attempted: 'status', code: 'SESSION_CLOSED' }),
    )
    expect(() => lease.status).toThrow(/await/)
  })

  // P16: any interleaving of honest owners and stale handles.
  it('never does anything in any interleaving with its successors', async () => {
    const engine = openEngine(proxy.urlFor(database.url))
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.constantFrom('swap', 'send', 'staleSend', 'staleRelease', 'staleDestroy'), {
          maxLength: 25,
        }),
        async (steps) => {
          const stale: Lease[] = []
          let owner = await engine.acquire()
          for (const step of steps) {
            if (step === 'swap') {
              owner.release()
              stale.push(owner)
              owner = await engine.acquire()
            } else if (step === 'send') {
              expect(await rowsOf(owner, 'select 1 as one')).toEqual([{ one: 1 }])
            } else if (step === 'staleSend') {
              const before = messagesToServer()
              for (const lease of stale)
                expect(() => lease.send(SELECT, () => undefined)).toThrow(SessionClosedError)
              expect(messagesToServer()).toBe(before)
            } else {
              for (const lease of stale) {
                if (step === 'staleRelease') lease.release()
                else lease.destroy(ABORTED)
              }
            }
            expect(engine.stats()).toMatchObject({ inUse: 1, opened: 1, destroyed: 0 })
          }
          owner.release()
        },
      ),
      { numRuns: 60 },
    )
  })
})

describe('A sublet lease', () => {
  it('works on the same connection, and its end ends nothing', async () => {
    const engine = openEngine(database.url)
    const lease = await engine.acquire()
    const sublet = lease.sublet()
    expect(sublet.processId).toBe(lease.processId)
    await sendGroup(sublet, 'begin')
    sublet.release()
    expect(() => sublet.status).toThrow(SessionClosedError)
    expect(lease.status).toBe('T')
    expect(engine.stats()).toMatchObject({ inUse: 1, acquired: 1, released: 0 })
    await sendGroup(lease, 'rollback')
    lease.release()
  })

  it('takes the connection with it when it ends in doubt', async () => {
    const engine = openEngine(database.url)
    const lease = await engine.acquire()
    lease.sublet().destroy(ABORTED)
    expect(() => lease.status).toThrow(SessionClosedError)
    expect(engine.stats()).toMatchObject({ inUse: 0, idle: 0, destroyed: 1 })
  })

  it("ends with the lease that it comes from, and can't reach the next borrower", async () => {
    const engine = openEngine(proxy.urlFor(database.url))
    const lease = await engine.acquire()
    const sublet = lease.sublet()
    const below = sublet.sublet()
    lease.release()
    const owner = await engine.acquire()
    const before = messagesToServer()
    for (const stale of [sublet, below]) {
      for (const [, attempt] of ATTEMPTS) expect(() => attempt(stale)).toThrow(SessionClosedError)
      stale.destroy(ABORTED)
      stale.release()
    }
    await sleep(20)
    expect(messagesToServer()).toBe(before)
    expect(engine.stats()).toMatchObject({ inUse: 1, destroyed: 0 })
    owner.release()
  })

  it("cancels nothing of the next borrower's", async () => {
    const engine = openEngine(database.url)
    const lease = await engine.acquire()
    const sublet = lease.sublet()
    lease.release()
    const owner = await engine.acquire()
    const running = sendGroup(owner, 'select pg_sleep(0.2)')
    await sleep(30)
    await sublet.cancel(1_000)
    const { error } = await running
    owner.release()
    expect(error).toBeUndefined()
  })
})

describe('Lease.isUnproven', () => {
  it('is false for a connection that was just opened, and true for one that has lain idle', async () => {
    const engine = openEngine(database.url)
    const isUnproven: boolean[] = []
    for (let loan = 0; loan < 3; loan++) {
      const lease = await engine.acquire()
      isUnproven.push(lease.isUnproven)
      lease.release()
    }
    expect(isUnproven).toEqual([false, true, true])
  })

  it('is false always without prePing', async () => {
    const engine = openEngine(database.url, { pool: { prePing: false } })
    ;(await engine.acquire()).release()
    const lease = await engine.acquire()
    expect(lease.isUnproven).toBe(false)
    lease.release()
  })
})

describe('Lease.send', () => {
  it('sends a group in one write and waits once', async () => {
    const engine = openEngine(proxy.urlFor(database.url))
    const lease = await engine.acquire()
    proxy.recorder.clear()
    await sendGroup(lease, 'begin', ['select $1::int as v', 1], ['select $1::int as v', 2], 'commit')
    const sent = proxy.recorder.events.filter(({ message }) => message.direction === 'toServer')
    expect(new Set(sent.map(({ chunk }) => chunk)).size).toBe(1)
    expect(sent.filter(({ message }) => message.name === 'Sync')).toHaveLength(1)
    expect(proxy.recorder.roundTrips).toBe(1)
    lease.release()
  })

  // I-BEGIN: if BEGIN is refused, nothing behind it may run by itself.
  it('runs nothing behind the first failure', async () => {
    const engine = openEngine(database.url)
    const lease = await engine.acquire()
    const group = await sendGroup(
      lease,
      'begin isolation level nonsense',
      "insert into person (name) values ('behind a failed begin')",
    )
    expect(group.error).toBeDefined()
    expect(group).toMatchObject({ outcomes: [], status: 'I', isLost: false })
    lease.release()
    expect(await database.query("select from person where name = 'behind a failed begin'")).toEqual([])
  })

  it('tells its caller once and never before it returns, also when the connection is lost already', async () => {
    const engine = openEngine(proxy.urlFor(database.url))
    const lease = await engine.acquire()
    proxy.resetAll()
    await sleep(30)
    let calls = 0
    lease.send(SELECT, () => calls++)
    expect(calls).toBe(0)
    await sleep(5)
    expect(calls).toBe(1)
    lease.release()
  })

  it('settles a group whose lease is destroyed meanwhile', async () => {
    const engine = openEngine(database.url)
    const lease = await engine.acquire()
    const running = sendGroup(lease, 'select pg_sleep(0.2)')
    await sleep(20)
    lease.destroy(ABORTED)
    expect(await running).toMatchObject({ isLost: true, isSent: true, error: ABORTED })
  })
})

describe('Lease.cancel', () => {
  it('stops the statement, and the connection serves on', async () => {
    const engine = openEngine(database.url)
    const lease = await engine.acquire()
    const running = sendGroup(lease, 'select pg_sleep(20)')
    await sleep(30)
    const startedAt = performance.now()
    expect(await lease.cancel(15_000)).toBe(true)
    expect((await running).error).toMatchObject({ sqlState: '57014' })
    expect(performance.now() - startedAt).toBeLessThan(15_000)
    expect(await rowsOf(lease, 'select 1 as one')).toEqual([{ one: 1 }])
    lease.release()
    expect(engine.stats()).toMatchObject({ destroyed: 0, idle: 1 })
  })

  it('does nothing when nothing runs', async () => {
    const engine = openEngine(proxy.urlFor(database.url))
    const lease = await engine.acquire()
    expect(await lease.cancel(1_000)).toBe(true)
    expect(proxy.accepted).toBe(1)
    lease.release()
  })

  // E8l: 206 of 400 innocent statements were hit by a cancel that nobody had waited for.
  it('never hits the statement after the one that it was for', async () => {
    const engine = openEngine(database.url)
    const lease = await engine.acquire()
    for (let round = 0; round < 60; round++) {
      const running = sendGroup(lease, 'select pg_sleep(0.002)')
      await sleep(round % 5)
      await lease.cancel(1_000)
      await running
      expect((await sendGroup(lease, 'select pg_sleep(0.001)')).error).toBeUndefined()
    }
    lease.release()
  })

  it('says so when the request could not be delivered', async () => {
    const engine = openEngine(proxy.urlFor(database.url))
    const lease = await engine.acquire()
    const running = sendGroup(lease, 'select pg_sleep(0.2)')
    await proxy.refuse()
    expect(await lease.cancel(1_000)).toBe(false)
    expect((await running).error).toBeUndefined()
    lease.release()
  })
})
