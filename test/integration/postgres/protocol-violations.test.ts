import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Lease } from '../../../src/engine/lease.js'
import { ProtocolError } from '../../../src/errors/operational-error.js'
import { cloneDatabase } from '../../support/clone-database.js'
import { dataRow } from '../../support/data-row.js'
import { NetworkProxy } from '../../support/network-proxy.js'
import { serverMessage } from '../../support/scripted-server.js'
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

function errorResponse(severity: string, sqlState: string): Buffer {
  return serverMessage('E', `S${severity}\0V${severity}\0C${sqlState}\0Mthe end\0\0`)
}

const READY = serverMessage('Z', 'I')

/** Messages that PostgreSQL never sends in answer to a statement. */
const NONSENSE: readonly [name: string, bytes: Buffer][] = [
  ['ReadyForQuery before its time', READY],
  ['ReadyForQuery without a status', serverMessage('Z')],
  ['a message of an unknown type', serverMessage('!', 'abc')],
  ['a row with fewer bytes than it announces', serverMessage('D', Buffer.from([9, 0]))],
  ['a description with fewer columns than it announces', serverMessage('T', Buffer.from([0x7f, 0xff, 0]))],
  ['an authentication of a kind that nobody knows', serverMessage('R', Buffer.from([0, 0, 0, 99]))],
  ['a message of no length', Buffer.from([0x44, 0, 0, 0, 0])],
]

/** Runs a test on a connection whose next answer is preceded by some bytes. */
async function withInjected(bytes: Buffer, work: (lease: Lease) => Promise<void>): Promise<void> {
  const engine = openEngine(proxy.urlFor(database.url))
  const lease = await engine.acquire()
  const before = lease.processId
  try {
    proxy.intercept({ direction: 'toClient', name: 'BindComplete' }, { injectBefore: bytes })
    await work(lease)
  } finally {
    lease.release()
  }
  expect(engine.stats()).toMatchObject({ inUse: 0, idle: 0, destroyed: 1 })
  await withLease(engine, async (next) => {
    expect(await rowsOf(next, 'select 2 as two')).toEqual([{ two: 2 }])
    expect(next.processId).not.toBe(before)
  })
}

describe('A connection whose server speaks nonsense', () => {
  it.each(NONSENSE)('is destroyed, and its statement is told so: %s', async (_, bytes) => {
    await withInjected(bytes, async (lease) => {
      const group = await sendGroup(lease, 'select 1 as one')
      expect(group.error).toBeInstanceOf(ProtocolError)
      expect(group).toMatchObject({ isLost: true, outcomes: [] })
    })
  })

  it('never gives the rows of one statement to another', async () => {
    await withInjected(READY, async (lease) => {
      const first = sendGroup(lease, "select 'first' as answer")
      expect((await first).error).toBeInstanceOf(ProtocolError)
      const second = await sendGroup(lease, "select 'second' as answer")
      expect(second).toMatchObject({ isLost: true, isSent: false, outcomes: [] })
    })
  })

  it('is destroyed when it says too often that it is ready', async () => {
    const engine = openEngine(proxy.urlFor(database.url))
    const lease = await engine.acquire()
    await rowsOf(lease, 'select 1 as one')
    proxy.connections[0]!.inject('toClient', READY)
    await sleep(30)
    const group = await sendGroup(lease, 'select 2 as two')
    expect(group.error).toBeInstanceOf(ProtocolError)
    expect(group.isSent).toBe(false)
    lease.release()
    expect(engine.stats()).toMatchObject({ idle: 0, destroyed: 1 })
  })

  it('is not lent when it said so while it lay in the pool', async () => {
    const engine = openEngine(proxy.urlFor(database.url))
    const before = await withLease(engine, async (lease) => lease.processId)
    proxy.connections[0]!.inject('toClient', READY)
    await sleep(30)
    expect(engine.stats()).toMatchObject({ idle: 0 })
    await withLease(engine, async (lease) => {
      expect(lease.processId).not.toBe(before)
      expect(await rowsOf(lease, 'select 1 as one')).toEqual([{ one: 1 }])
    })
  })

  it('is destroyed when rows come that nobody asked for', async () => {
    const engine = openEngine(proxy.urlFor(database.url))
    const lease = await engine.acquire()
    proxy.connections[0]!.inject('toClient', serverMessage('D', Buffer.from([0, 0])))
    await sleep(30)
    expect(await sendGroup(lease, 'select 1 as one')).toMatchObject({ isLost: true, isSent: false })
    lease.release()
    expect(engine.stats()).toMatchObject({ idle: 0, destroyed: 1 })
  })

  it.each([
    ['of fewer columns than were described', dataRow('1')],
    ['whose last value is cut off', dataRow('1', '2').subarray(0, -1)],
    ['with bytes behind its last value', Buffer.concat([dataRow('1', '2'), Buffer.from('3')])],
  ])('is destroyed at a row %s', async (_, body) => {
    const engine = openEngine(proxy.urlFor(database.url))
    const lease = await engine.acquire()
    proxy.intercept({ direction: 'toClient', name: 'DataRow' }, { replaceWith: serverMessage('D', body) })
    const group = await sendGroup(lease, 'select 1 as one, 2 as two')
    expect(group.error).toBeInstanceOf(ProtocolError)
    expect(group).toMatchObject({ isLost: true, outcomes: [] })
    lease.release()
    expect(engine.stats()).toMatchObject({ idle: 0, destroyed: 1 })
  })

  it('is destroyed when a statement is left without an answer', async () => {
    const engine = openEngine(proxy.urlFor(database.url))
    const lease = await engine.acquire()
    proxy.intercept({ direction: 'toClient', name: 'CommandComplete' }, 'swallow')
    const group = await sendGroup(lease, 'select 1 as one', 'select 2 as two')
    expect(group.error).toBeInstanceOf(ProtocolError)
    expect(group.isLost).toBe(true)
    lease.release()
    expect(engine.stats()).toMatchObject({ idle: 0, destroyed: 1 })
  })
})

describe('A connection that was told its end', () => {
  // I-DYING: also where a pooler lets ReadyForQuery follow, and the socket lives on.
  it.each([
    ['FATAL', '57P01'],
    ['ERROR', '57P01'],
    ['FATAL', '25P03'],
    ['FATAL', '57P05'],
    ['ERROR', '08006'],
    ['FATAL', '08P01'],
    ['FATAL', 'XX000'],
    ['PANIC', '53100'],
  ])('in the middle of a group (%s %s) is never lent again', async (severity, sqlState) => {
    const engine = openEngine(proxy.urlFor(database.url))
    const lease = await engine.acquire()
    const before = lease.processId
    proxy.intercept(
      { direction: 'toClient', name: 'CommandComplete' },
      { replaceWith: errorResponse(severity, sqlState) },
    )
    const group = await sendGroup(lease, 'select 1 as one')
    expect(group.error).toMatchObject({ sqlState })
    lease.release()
    expect(engine.stats()).toMatchObject({ idle: 0, destroyed: 1 })
    await withLease(engine, async (next) => {
      expect(next.processId).not.toBe(before)
    })
  })

  it('and then hears nothing more settles its statement when the socket ends', async () => {
    const engine = openEngine(proxy.urlFor(database.url))
    const lease = await engine.acquire()
    proxy.intercept(
      { direction: 'toClient', name: 'CommandComplete' },
      { replaceWith: errorResponse('FATAL', '57P01') },
    )
    proxy.intercept({ direction: 'toClient', name: 'ReadyForQuery' }, 'close')
    const group = await sendGroup(lease, 'select 1 as one', 'select 2 as two')
    expect(group).toMatchObject({ isLost: true, error: { sqlState: '57P01' } })
    lease.release()
  })
})

describe('An error of the server', () => {
  // Whoever can choose the text of an exception must not be able to choose its class.
  it.each(['received invalid response: 21', 'timeout expired', 'Connection terminated unexpectedly'])(
    'is known by its SQLSTATE, also when its text is %j',
    async (text) => {
      const engine = openEngine(database.url)
      await withLease(engine, async (lease) => {
        const group = await sendGroup(lease, `do $$ begin raise exception '${text}'; end $$`)
        expect(group.error).toMatchObject({ sqlState: 'P0001' })
        expect(group.isLost).toBe(false)
      })
      await expect.poll(() => engine.stats()).toMatchObject({ idle: 1, destroyed: 0 })
    },
  )
})

describe('A connection whose bytes arrive one by one', () => {
  it('serves as any other', async () => {
    const engine = openEngine(proxy.urlFor(database.url))
    proxy.shape('both', { segmentBytes: 1 })
    await withLease(engine, async (lease) => {
      const group = await sendGroup(
        lease,
        ['select $1::text as text', 'é語😀'],
        'select 1 / 0 as broken',
        'select 3 as three',
      )
      expect(group.outcomes).toMatchObject([{ rows: [{ text: 'é語😀' }] }])
      expect(group.error).toMatchObject({ sqlState: '22012' })
      expect(await rowsOf(lease, 'select 3 as three')).toEqual([{ three: 3 }])
    })
  })
})
