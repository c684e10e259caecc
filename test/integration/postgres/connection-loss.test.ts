import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { Engine } from '../../../src/engine/engine.js'
import type { Lease } from '../../../src/engine/lease.js'
import { DisconnectedError } from '../../../src/errors/operational-error.js'
import { cloneDatabase } from '../../support/clone-database.js'
import { NetworkProxy } from '../../support/network-proxy.js'
import { openEngine } from '../engine/open-engine.js'
import { rowsOf, sendGroup, withLease } from '../engine/run-statements.js'
import { pastPooler } from '../../support/via.js'

const database = cloneDatabase()
let proxy: NetworkProxy

beforeEach(async () => {
  proxy = await NetworkProxy.start(pastPooler(database.url))
})
afterEach(async () => {
  await proxy.stop()
})

function openThroughProxy(): Engine {
  return openEngine(proxy.urlFor(database.url), { pool: { acquireTimeoutMillis: 20_000 } })
}

async function kill(processId: number | null): Promise<void> {
  await database.query('select pg_terminate_backend($1)', [processId])
}

/** Until both ends of the connection must have noticed. */
async function whenGone(): Promise<void> {
  await vi.waitFor(() => expect(proxy.connections).toEqual([]), { interval: 5 })
  await sleep(15)
}

/** The pool gives a connection that works, and it is not the one of before. */
async function expectAnother(engine: Engine, before: number | null): Promise<void> {
  await withLease(engine, async (lease) => {
    expect(await rowsOf(lease, 'select 1 as one')).toEqual([{ one: 1 }])
    expect(lease.processId).not.toBe(before)
  })
}

/** What ends a connection, seen from the client. */
const LOSSES: readonly [name: string, lose: (processId: number | null) => Promise<void> | void][] = [
  ['its backend was killed', kill],
  ['RST came', () => proxy.resetAll()],
  ['FIN came', () => proxy.closeAll()],
]

describe('A connection that is lost while it is idle in the pool', () => {
  it.each(LOSSES)('is replaced at the next need: %s', async (_, lose) => {
    const engine = openThroughProxy()
    const before = await withLease(engine, async (lease) => lease.processId)
    await lose(before)
    await whenGone()
    expect(engine.stats()).toMatchObject({ idle: 0, inUse: 0, pending: 0 })
    await expectAnother(engine, before)
  })
})

describe('A connection that is lost while it is lent and idle', () => {
  it.each(LOSSES)('tells its holder at the next statement, and is replaced: %s', async (_, lose) => {
    const engine = openThroughProxy()
    const lease = await engine.acquire()
    await rowsOf(lease, 'select 1 as one')
    const before = lease.processId
    await lose(before)
    await whenGone()
    const group = await sendGroup(lease, 'select 2 as two')
    expect(group.error).toBeInstanceOf(DisconnectedError)
    // Nothing was written: this one is safe to repeat.
    expect(group).toMatchObject({ isLost: true, isSent: false, outcomes: [] })
    lease.release()
    expect(engine.stats()).toMatchObject({ inUse: 0, destroyed: 1 })
    await expectAnother(engine, before)
  })

  it('is replaced although its holder never noticed', async () => {
    const engine = openThroughProxy()
    const lease = await engine.acquire()
    const before = lease.processId
    await kill(before)
    await whenGone()
    lease.release()
    await expectAnother(engine, before)
  })
})

describe('A connection that is lost in the middle of a statement', () => {
  it.each(LOSSES)('settles the statement as lost, and is replaced: %s', async (_, lose) => {
    const engine = openThroughProxy()
    const lease = await engine.acquire()
    const before = lease.processId
    const running = sendGroup(lease, 'select 1 as done', 'select pg_sleep(20)')
    await sleep(50)
    await lose(before)
    const group = await running
    expect(group.error).toBeInstanceOf(DisconnectedError)
    // What was written may have been done, and nobody can tell: never "not sent".
    expect(group).toMatchObject({ isLost: true, isSent: true, status: undefined })
    lease.release()
    await expectAnother(engine, before)
  })

  it('says so with the SQLSTATE when the server said why', async () => {
    const engine = openThroughProxy()
    const lease = await engine.acquire()
    const running = sendGroup(lease, 'select pg_sleep(20)')
    await sleep(50)
    await kill(lease.processId)
    expect((await running).error).toMatchObject({ sqlState: '57P01' })
    lease.release()
  })

  // E1D: between the ErrorResponse and the end of the socket a dying client looks alive to pg-pool.
  it('never goes to the next in line while it is dying', async () => {
    const engine = openThroughProxy()
    for (let round = 0; round < 5; round++) {
      const lease = await engine.acquire()
      const before = lease.processId
      const next = engine.acquire()
      const running = sendGroup(lease, 'select pg_sleep(20)')
      await sleep(10)
      proxy.shape('toClient', { delayMillis: 5 })
      await kill(before)
      await running
      lease.release()
      const other = await next
      expect(other.processId).not.toBe(before)
      expect((await sendGroup(other, 'select 1 as one')).error).toBeUndefined()
      other.release()
      proxy.shape('toClient', { delayMillis: 0 })
    }
  })

  it('settles everything exactly once when both the server and the network end it', async () => {
    const engine = openThroughProxy()
    const lease = await engine.acquire()
    proxy.intercept({ direction: 'toClient', name: 'ErrorResponse' }, { passThen: 'reset' })
    const errors: unknown[] = []
    lease.send([{ text: 'select pg_sleep(20)', values: [] }], (group) => errors.push(group.error))
    await sleep(30)
    await kill(lease.processId)
    await whenGone()
    lease.release()
    // Which of the two is heard first is chance: RST overtakes what has not been read.
    expect(errors).toEqual([expect.any(DisconnectedError)])
  })
})

describe('A connection that is lost before its statements have left', () => {
  // While another one waits for an answer, what is sent leaves at the end of the turn of the event loop.
  it.each([
    ['its own', (): void => undefined],
    ['those behind the question which server it is', (lease: Lease): void => lease.askWhichServer()],
  ])('says that nothing was sent, and nothing was: %s', async (_, prepare) => {
    const engine = openEngine(database.url, { pool: { size: 2 } })
    const [waiting, lost] = [await engine.acquire(), await engine.acquire()]
    const answer = sendGroup(waiting, 'select 1 as one')
    prepare(lost)
    const unsent = sendGroup(lost, "insert into person (name) values ('unsent')")
    lost.destroy(new DisconnectedError({ message: 'The test gives it up' }))
    const group = await unsent
    expect(group).toMatchObject({ isLost: true, isSent: false, outcomes: [] })
    await sleep(0)
    expect(group.isSent).toBe(false)
    expect(await answer).toMatchObject({ error: undefined, isSent: true })
    waiting.release()
    await withLease(engine, async (next) => {
      expect(await rowsOf(next, "select from person where name = 'unsent'")).toEqual([])
    })
  })
})

describe('A connection that has become a black hole', () => {
  // E3d2: pg-pool waits for an end that a dead peer never sends, and the waiter starves.
  it('is destroyed by its holder at once, and the next in line gets another one', async () => {
    const engine = openThroughProxy()
    const lease = await engine.acquire()
    proxy.blackHoleAll()
    const lost = sendGroup(lease, 'select 1 as one')
    const next = engine.acquire()
    await sleep(20)
    const startedAt = performance.now()
    lease.destroy(new DisconnectedError({ message: 'The test gives it up' }))
    expect(await lost).toMatchObject({ isLost: true, isSent: true })
    const other = await next
    expect(performance.now() - startedAt).toBeLessThan(10_000)
    expect((await sendGroup(other, 'select 1 as one')).error).toBeUndefined()
    other.release()
  })

  it('does not hold up a cancel beyond the time that it was given', async () => {
    const engine = openThroughProxy()
    const lease = await engine.acquire()
    const lost = sendGroup(lease, 'select 1 as one, pg_sleep(5)')
    proxy.blackHoleAll()
    await proxy.freeze()
    const startedAt = performance.now()
    expect(await lease.cancel(150)).toBe(false)
    expect(performance.now() - startedAt).toBeLessThan(4_000)
    lease.destroy(new DisconnectedError({ message: 'The test gives it up' }))
    await lost
  })
})

describe('An open transaction of a lost connection', () => {
  it('is not there for the next borrower, and nothing of it was stored', async () => {
    const engine = openThroughProxy()
    const lease = await engine.acquire()
    await sendGroup(lease, 'begin', "insert into person (name) values ('lost')")
    proxy.resetAll()
    await whenGone()
    lease.release()
    await withLease(engine, async (next) => {
      expect(next.status).toBe('I')
      expect(await rowsOf(next, "select from person where name = 'lost'")).toEqual([])
    })
  })
})
