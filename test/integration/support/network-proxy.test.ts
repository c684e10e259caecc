import { connect, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { cloneDatabase } from '../../support/clone-database.js'
import { NetworkProxy } from '../../support/network-proxy.js'

const database = cloneDatabase()
let proxy: NetworkProxy

beforeEach(async () => {
  proxy = await NetworkProxy.start(database.url)
})
afterEach(async () => {
  await proxy.stop()
})

/** A client through the proxy, whose connection errors are collected instead of ending the process. */
async function connectClient(): Promise<pg.Client & { readonly losses: Error[] }> {
  const losses: Error[] = []
  const client = Object.assign(new pg.Client(proxy.urlFor(database.url)), { losses })
  client.on('error', (error) => losses.push(error))
  await client.connect()
  onTestFinished(() => {
    client.removeAllListeners('error').on('error', () => undefined)
    ;(client as unknown as { connection: { stream: { destroy(): void } } }).connection.stream.destroy()
  })
  return client
}

async function elapsedMillis(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now()
  await work()
  return performance.now() - start
}

async function balanceOf(id: number): Promise<number | undefined> {
  const rows = await database.query<{ balance: number }>('select balance from account where id = $1', [id])
  return rows[0]?.balance
}

/** 'pending' if the promise has not settled after a while. */
async function outcomeOf(promise: Promise<unknown>, millis = 200): Promise<string> {
  return await Promise.race([
    promise.then(
      () => 'fulfilled',
      (error: unknown) => (error as Error).message,
    ),
    sleep(millis, 'pending'),
  ])
}

describe('NetworkProxy.shape', () => {
  it('delays each way', async () => {
    const client = await connectClient()
    await client.query('select 1')
    proxy.shape('toServer', { delayMillis: 40 })
    proxy.shape('toClient', { delayMillis: 60 })
    const millis = await elapsedMillis(() => client.query('select 1'))
    expect(millis).toBeGreaterThanOrEqual(99)
    expect(millis).toBeLessThan(2_000)
  })

  it('delays a stream without slowing it down', async () => {
    const client = await connectClient()
    proxy.shape('toClient', { delayMillis: 50 })
    const millis = await elapsedMillis(() =>
      client.query("select repeat('x', 1000) from generate_series(1, 5000)"),
    )
    expect(millis).toBeLessThan(3_000)
  })

  it('limits the rate', async () => {
    const client = await connectClient()
    proxy.shape('toClient', { bytesPerSecond: 100_000 })
    const millis = await elapsedMillis(() => client.query("select repeat('x', 30000)"))
    expect(millis).toBeGreaterThan(280)
    expect(millis).toBeLessThan(5_000)
  })

  it('cuts messages into single bytes that arrive whole', async () => {
    proxy.shape('both', { segmentBytes: 1 })
    const client = await connectClient()
    const { rows } = await client.query('select $1::text as text', ['hello'])
    expect(rows).toEqual([{ text: 'hello' }])
  })

  it('stalls, and delivers everything when it stalls no more', async () => {
    const client = await connectClient()
    proxy.shape('toClient', { isStalled: true })
    const answer = client.query('select 1')
    expect(await outcomeOf(answer)).toBe('pending')
    proxy.shape('toClient', { isStalled: false })
    expect(await outcomeOf(answer)).toBe('fulfilled')
  })

  it('drops one direction: the server works, the client hears nothing', async () => {
    const client = await connectClient()
    proxy.shape('toClient', { isDropping: true })
    expect(await outcomeOf(client.query('update account set balance = 1 where id = 1'))).toBe('pending')
    expect(await balanceOf(1)).toBe(1)
  })

  it('applies to connections to come', async () => {
    proxy.shape('toServer', { delayMillis: 30 })
    // Startup, SCRAM's two messages.
    expect(await elapsedMillis(connectClient)).toBeGreaterThan(85)
  })

  it('slows the server down instead of filling memory when the client is stalled', async () => {
    const client = await connectClient()
    proxy.shape('toClient', { isStalled: true })
    const answer = client.query("select repeat('x', 1000) from generate_series(1, 40000)")
    await sleep(500)
    const [backend] = await database.backends()
    expect(backend?.state).toBe('active')
    await proxy.heal()
    expect((await answer).rows).toHaveLength(40_000)
  })
})

describe('NetworkProxy.resetAll', () => {
  it('is seen by the client as ECONNRESET and ends the backend', async () => {
    const client = await connectClient()
    proxy.resetAll()
    expect(await outcomeOf(client.query('select 1'))).toMatch(/ECONNRESET|terminated|not queryable/)
    await expect
      .poll(() => client.losses.map((error) => (error as NodeJS.ErrnoException).code))
      .toContain('ECONNRESET')
    await expect.poll(() => database.backends()).toEqual([])
    expect(proxy.connections).toEqual([])
  })
})

describe('NetworkProxy.closeAll', () => {
  it('is seen by the client as an end without a code', async () => {
    const client = await connectClient()
    proxy.closeAll()
    await expect
      .poll(() => client.losses.map(({ message }) => message))
      .toEqual(['Connection terminated unexpectedly'])
  })
})

describe('NetworkProxy.blackHoleAll', () => {
  it('swallows both directions, and neither side hears the other leave', async () => {
    const client = await connectClient()
    proxy.blackHoleAll()
    expect(await outcomeOf(client.query('update account set balance = 2 where id = 2'))).toBe('pending')
    expect(await balanceOf(2)).toBe(1000)
    await client.end()
    await sleep(200)
    expect(await database.backends()).toHaveLength(1)
  })

  it('keeps even a reset from the other side', async () => {
    const client = await connectClient()
    proxy.blackHoleAll()
    const { stream } = (client as unknown as { connection: { stream: Socket } }).connection
    stream.resetAndDestroy()
    await sleep(200)
    expect(await database.backends()).toHaveLength(1)
  })

  it('leaves connections to come alone', async () => {
    await connectClient()
    proxy.blackHoleAll()
    const client = await connectClient()
    expect((await client.query('select 1 as one')).rows).toEqual([{ one: 1 }])
  })
})

describe('NetworkProxy.refuse', () => {
  it('refuses connections until serve(), and keeps those it has', async () => {
    const client = await connectClient()
    await proxy.refuse()
    await expect(connectClient()).rejects.toMatchObject({ code: 'ECONNREFUSED' })
    expect((await client.query('select 1 as one')).rows).toEqual([{ one: 1 }])
    await proxy.serve()
    await connectClient()
  })
})

describe('NetworkProxy.freeze', () => {
  it('accepts connections that hear nothing until serve()', async () => {
    await proxy.freeze()
    const connecting = connectClient()
    expect(await outcomeOf(connecting)).toBe('pending')
    expect(proxy.accepted).toBe(1)
    await proxy.serve()
    expect(await outcomeOf(connecting, 2_000)).toBe('fulfilled')
  })
})

describe('NetworkProxy.retarget', () => {
  it('passes the refusal of a server that is not there to the client', async () => {
    proxy.retarget('postgresql://127.0.0.1:1')
    await expect(connectClient()).rejects.toThrow(/ECONNRESET|terminated/)
  })
})

describe('ProxyConnection.halfClose', () => {
  it('ends one way and keeps the other', async () => {
    const client = await connectClient()
    const ended = new Promise((resolve) => client.once('end', resolve))
    proxy.connections[0]!.halfClose('toServer')
    // The backend takes the end of its input as a farewell.
    await ended
    await expect.poll(() => database.backends()).toEqual([])
  })
})

describe('ProxyConnection', () => {
  it('knows the backend and the startup parameters', async () => {
    await connectClient()
    const [connection] = proxy.connections
    const [backend] = await database.backends()
    expect(connection?.backendPid).toBe(backend?.pid)
    expect(connection?.startup).toMatchObject({ database: database.name, user: 'postgres' })
  })

  it('has its own faults', async () => {
    const first = await connectClient()
    const second = await connectClient()
    proxy.connections[0]!.shape('both', { isStalled: true })
    expect(await outcomeOf(first.query('select 1'))).toBe('pending')
    expect(await outcomeOf(second.query('select 1'))).toBe('fulfilled')
  })
})

describe('NetworkProxy on another protocol', () => {
  it('matches bytes', async () => {
    const raw = await NetworkProxy.start(database.url, { protocol: 'raw' })
    onTestFinished(() => raw.stop())
    raw.intercept({ direction: 'toServer', bytes: /GET \// }, 'reset')
    const socket = connect(raw.port, raw.host)
    const error = new Promise<NodeJS.ErrnoException>((resolve) => socket.once('error', resolve))
    socket.write('GET / HTTP/1.1\r\n')
    expect((await error).code).toBe('ECONNRESET')
  })
})
