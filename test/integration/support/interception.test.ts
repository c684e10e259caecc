import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { cloneDatabase } from '../../support/clone-database.js'
import { NetworkProxy } from '../../support/network-proxy.js'

const database = cloneDatabase()
let proxy: NetworkProxy

beforeEach(async () => {
  proxy = await NetworkProxy.start(database.url)
  await database.query('update account set balance = 1000')
})
afterEach(async () => {
  await proxy.stop()
})

const COMMIT_DONE = { direction: 'toClient', name: 'CommandComplete', text: /^COMMIT$/ } as const
const COMMIT_ASKED = { direction: 'toServer', name: 'Query', text: /^commit$/i } as const

async function connectClient(): Promise<pg.Client> {
  const client = new pg.Client(proxy.urlFor(database.url))
  client.on('error', () => undefined)
  await client.connect()
  onTestFinished(() => {
    ;(client as unknown as { connection: { stream: { destroy(): void } } }).connection.stream.destroy()
  })
  return client
}

/** Debits account 1 in a transaction; answers with how its COMMIT ended for the client. */
async function debit(client: pg.Client): Promise<string> {
  await client.query('begin')
  await client.query('update account set balance = balance - 1 where id = 1')
  return await Promise.race([
    client.query('commit').then(
      () => 'committed',
      (error: unknown) => (error as Error).message,
    ),
    sleep(200, 'pending'),
  ])
}

async function balance(): Promise<number> {
  const rows = await database.query<{ balance: number }>('select balance from account where id = 1')
  return rows[0]!.balance
}

describe('NetworkProxy.intercept', () => {
  it('loses the answer to COMMIT by a reset: committed, and the client can not know', async () => {
    const fault = proxy.intercept(COMMIT_DONE, 'reset')
    expect(await debit(await connectClient())).toMatch(/ECONNRESET|terminated/)
    expect(await balance()).toBe(999)
    expect(fault.hits).toBe(1)
    expect((await fault.firstHit).message?.text).toBe('COMMIT')
  })

  it('loses the request to commit by a reset: not committed', async () => {
    proxy.intercept(COMMIT_ASKED, 'reset')
    expect(await debit(await connectClient())).toMatch(/ECONNRESET|terminated/)
    await expect.poll(() => database.backends()).toEqual([])
    expect(await balance()).toBe(1000)
  })

  it('loses the answer to COMMIT in a black hole', async () => {
    proxy.intercept(COMMIT_DONE, 'blackHole')
    expect(await debit(await connectClient())).toBe('pending')
    expect(await balance()).toBe(999)
  })

  it('swallows a request alone', async () => {
    proxy.intercept({ direction: 'toServer', name: 'Query', text: /^select pg_sleep/ }, 'swallow')
    const client = await connectClient()
    const lost = client.query('select pg_sleep(5)')
    expect(await Promise.race([lost.then(() => 'answered'), sleep(100, 'pending')])).toBe('pending')
    expect((await database.backends()).map(({ query }) => query)).not.toContain('select pg_sleep(5)')
  })

  it('holds an answer until released', async () => {
    const hold = proxy.intercept(COMMIT_DONE, 'hold')
    const client = await connectClient()
    expect(await debit(client)).toBe('pending')
    await hold.firstHit
    expect(await balance()).toBe(999)
    hold.release()
    expect((await client.query('select 1 as one')).rows).toEqual([{ one: 1 }])
  })

  it('closes the connection after the message was passed on', async () => {
    proxy.intercept({ direction: 'toServer', name: 'Query', text: /^commit$/ }, { passThen: 'close' })
    expect(await debit(await connectClient())).toMatch(/terminated/)
    await expect.poll(balance).toBe(999)
  })

  it('truncates a message and closes', async () => {
    proxy.intercept({ direction: 'toClient', name: 'DataRow' }, { truncateTo: 3, then: 'close' })
    const client = await connectClient()
    await expect(client.query('select 1')).rejects.toThrow('Connection terminated unexpectedly')
  })

  it('replaces a message', async () => {
    const tag = Buffer.concat([Buffer.from('C'), Buffer.from([0, 0, 0, 13]), Buffer.from('ROLLBACK\0')])
    proxy.intercept(COMMIT_DONE, { replaceWith: tag })
    const client = await connectClient()
    await client.query('begin')
    expect((await client.query('commit')).command).toBe('ROLLBACK')
  })

  it('injects a message before another', async () => {
    const strayReady = Buffer.from([0x5a, 0, 0, 0, 5, 0x49])
    proxy.intercept({ direction: 'toClient', name: 'RowDescription' }, { injectBefore: strayReady })
    const client = await connectClient()
    // pg takes the stray ReadyForQuery as the end of the query: rows are silently lost.
    expect((await client.query('select 1 as one')).rows).toEqual([])
  })

  it('acts on the message that a condition, skip and times choose', async () => {
    const fault = proxy.intercept(
      {
        direction: 'toServer',
        name: ['Query', 'Parse'],
        where: (message) => message?.text?.includes('pick') === true,
        skip: 1,
        times: 2,
      },
      { injectBefore: Buffer.alloc(0) },
    )
    const client = await connectClient()
    await client.query('select 0')
    for (let round = 0; round < 5; round++) await client.query('select 1 as pick')
    expect(fault.hits).toBe(2)
  })

  it('acts on one connection only', async () => {
    const first = await connectClient()
    const second = await connectClient()
    proxy.intercept({ direction: 'toServer', name: 'Query', connection: proxy.connections[1]! }, 'close')
    expect((await first.query('select 1 as one')).rows).toEqual([{ one: 1 }])
    await expect(second.query('select 1')).rejects.toThrow('Connection terminated unexpectedly')
  })

  it('knows which SQL a prepared statement runs', async () => {
    const fault = proxy.intercept(
      { direction: 'toServer', name: 'Execute', text: /^select \$1/, skip: 1 },
      'reset',
    )
    const client = await connectClient()
    const statement = { name: 'echo', text: 'select $1::int as one', values: [1] }
    expect((await client.query(statement)).rows).toEqual([{ one: 1 }])
    await expect(client.query(statement)).rejects.toThrow(/ECONNRESET|terminated/)
    expect(fault.hits).toBe(1)
  })

  it('delivers what came before the message that breaks the connection', async () => {
    proxy.shape('toClient', { delayMillis: 30 })
    proxy.intercept({ direction: 'toClient', name: 'CommandComplete', text: /^SELECT 3$/ }, 'reset')
    const client = await connectClient()
    const rows: unknown[] = []
    const query = new pg.Query('select * from generate_series(1, 3)')
    query.on('row', (row) => rows.push(row))
    const failed = new Promise((resolve) => query.on('error', resolve))
    client.query(query)
    await failed
    expect(rows).toHaveLength(3)
  })
})

describe('NetworkProxy.heal', () => {
  it('ends interceptions, releases what they hold, and clears conditions', async () => {
    const hold = proxy.intercept({ direction: 'toClient', name: 'CommandComplete', text: /^SELECT/ }, 'hold')
    const client = await connectClient()
    const answer = client.query('select 1 as one')
    await hold.firstHit
    proxy.shape('both', { delayMillis: 10_000 })
    await proxy.heal()
    expect((await answer).rows).toEqual([{ one: 1 }])
    expect((await client.query('select 1 as one')).rows).toEqual([{ one: 1 }])
  })
})
