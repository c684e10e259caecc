import pg from 'pg'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Deferred } from '../../../src/foundation/deferred.js'
import { cloneDatabase } from '../../support/clone-database.js'
import { NetworkProxy } from '../../support/network-proxy.js'
import type { WireRecorder } from '../../support/wire-recorder.js'

const database = cloneDatabase()
let proxy: NetworkProxy
let recorder: WireRecorder
let client: pg.Client

beforeEach(async () => {
  proxy = await NetworkProxy.start(database.url)
  recorder = proxy.recorder
  client = new pg.Client(proxy.urlFor(database.url))
  await client.connect()
})
afterEach(async () => {
  await client.end()
  await proxy.stop()
})

interface CopyConnection extends pg.Connection {
  sendCopyFromChunk(chunk: Buffer): void
  endCopyFrom(): void
}

/** COPY by hand: pg hands the protocol's events to whatever was submitted. */
async function copyNames(target: pg.Client, data: string): Promise<void> {
  const { promise, resolve, reject } = new Deferred<void>()
  target.query({
    submit: (connection: pg.Connection) => connection.query('copy person (name) from stdin'),
    handleCopyInResponse: (connection: CopyConnection) => {
      connection.sendCopyFromChunk(Buffer.from(data))
      connection.endCopyFrom()
    },
    handleCommandComplete: () => undefined,
    handleReadyForQuery: resolve,
    handleError: reject,
  } as unknown as pg.Submittable)
  await promise
}

describe('WireRecorder.roundTrips', () => {
  it('is 0 after connecting', () => {
    expect(recorder.roundTrips).toBe(0)
  })

  it('counts statements that are awaited one by one', async () => {
    await client.query('begin')
    await client.query('select $1::int', [1])
    await client.query('commit')
    expect(recorder.roundTrips).toBe(3)
  })

  it('counts a statement that failed', async () => {
    await expect(client.query('select nonsense')).rejects.toThrow()
    // pg rejects at the ErrorResponse; the ReadyForQuery that ends the round trip may come in the next segment.
    await expect.poll(() => recorder.roundTrips).toBe(1)
  })

  it('counts a group that is sent without waiting as one', async ({ skip }) => {
    const pipelined = new pg.Client({ connectionString: proxy.urlFor(database.url), pipeline: true })
    skip(!('pipeline' in pipelined), 'this version of pg waits for each answer')
    await pipelined.connect()
    proxy.shape('toClient', { delayMillis: 10 })
    recorder.clear()
    await Promise.all(['begin', 'select 1', 'commit'].map((sql) => pipelined.query(sql)))
    expect(recorder.roundTrips).toBe(1)
    expect(recorder.events.filter(({ message }) => message.name === 'ReadyForQuery')).toHaveLength(3)
    await pipelined.end()
  })

  it('counts the wait for COPY to be ready for data', async () => {
    await copyNames(client, 'Ada\n')
    expect(recorder.roundTrips).toBe(2)
  })

  it('is counted for each connection and for all', async () => {
    const other = new pg.Client(proxy.urlFor(database.url))
    await other.connect()
    await client.query('select 1')
    await other.query('select 1')
    await other.query('select 1')
    await other.end()
    expect([recorder.roundTripsOf(1), recorder.roundTripsOf(2), recorder.roundTrips]).toEqual([1, 2, 3])
  })

  it('begins again at 0 after clear()', async () => {
    await client.query('select 1')
    recorder.clear()
    expect([recorder.roundTrips, recorder.events]).toEqual([0, []])
    await client.query('select 1')
    expect(recorder.roundTrips).toBe(1)
  })
})

describe('WireRecorder', () => {
  it('lists the SQL that was sent, and what ran', async () => {
    const statement = { name: 'by-id', text: 'select * from account where id = $1', values: [1] }
    await client.query('begin')
    await client.query(statement)
    await client.query(statement)
    await client.query('select $1::int', [1])
    expect(recorder.sqlTexts).toEqual(['begin', statement.text, 'select $1::int'])
    expect(recorder.executedSql).toEqual(['begin', statement.text, statement.text, 'select $1::int'])
    expect(recorder.boundNames).toEqual(['by-id', 'by-id', ''])
    await client.query('rollback')
  })

  it('keeps no password, parameter or row', async () => {
    await client.query('select $1::text', ['S3cr!et'])
    const kept = JSON.stringify(recorder.events)
    expect(kept).not.toContain('S3cr!et')
    expect(kept).not.toContain(new URL(database.url).password)
  })

  it('says which messages of the client arrived in one piece', async () => {
    await client.query('select $1::int', [1])
    const group = recorder.events.filter(({ message }) => /^(Parse|Bind|Execute|Sync)$/.test(message.name))
    expect(group.map(({ message }) => message.name)).toEqual(['Parse', 'Bind', 'Execute', 'Sync'])
    expect(new Set(group.map(({ chunk }) => chunk)).size).toBe(1)
  })

  it('marks what a fault swallowed', async () => {
    proxy.intercept({ direction: 'toClient', name: 'NoticeResponse' }, 'swallow')
    await client.query("do $$ begin raise notice 'unheard'; end $$")
    const notice = recorder.events.find(({ message }) => message.name === 'NoticeResponse')
    expect(notice).toMatchObject({ isDelivered: false, message: { text: 'unheard', sqlState: '00000' } })
  })

  it('shows the transaction status of ReadyForQuery', async () => {
    await client.query('begin')
    await expect(client.query('select nonsense')).rejects.toThrow()
    await client.query('rollback')
    const statuses = recorder.events.flatMap(({ message }) => message.status ?? [])
    expect(statuses).toEqual(['I', 'T', 'E', 'I'])
  })
})

describe('WireRecorder.waitFor', () => {
  it('resolves with the next event that is wanted', async () => {
    const awaited = recorder.waitFor(({ message }) => message.name === 'CommandComplete')
    await client.query('select 1')
    expect((await awaited).message.text).toBe('SELECT 1')
  })
})
