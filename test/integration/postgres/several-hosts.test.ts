import { describe, expect, it, onTestFinished } from 'vitest'
import type { AsyncDatabaseOptions } from '../../../src/config/async-database-options.js'
import { resolveOptions } from '../../../src/config/resolve-options.js'
import { Engine } from '../../../src/engine/engine.js'
import { PoolTimeoutError } from '../../../src/errors/operational-error.js'
import { cloneDatabase } from '../../support/clone-database.js'
import { NetworkProxy } from '../../support/network-proxy.js'
import { startScriptedServer, welcome } from '../../support/scripted-server.js'
import { rowsOf, withLease } from '../engine/run-statements.js'
import { pastPooler } from '../../support/via.js'

const database = cloneDatabase()

const standby = welcome({ in_hot_standby: 'on', default_transaction_read_only: 'off' })
const localhost = (port: number) => ({ host: '127.0.0.1', port })
const real = () => localhost(Number(new URL(database.url).port))

/** An engine of the given hosts, with the credentials of the test's database. */
function openHosts(hosts: AsyncDatabaseOptions['hosts'], options: AsyncDatabaseOptions = {}): Engine {
  const url = new URL(database.url)
  const engine = new Engine(
    resolveOptions({
      user: decodeURIComponent(url.username),
      password: decodeURIComponent(url.password) || undefined,
      database: url.pathname.slice(1),
      hosts,
      ...options,
    }),
  )
  onTestFinished(() => engine.dispose({ graceMillis: 0 }))
  return engine
}

const isReached = (engine: Engine) =>
  withLease(engine, async (lease) => await rowsOf(lease, 'select 1 as one'))

describe('A pool of several hosts', () => {
  it('goes on to the next where nothing listens', async () => {
    const closed = await NetworkProxy.start(pastPooler(database.url))
    const { port } = new URL(closed.urlFor(database.url))
    await closed.stop()
    const engine = openHosts([localhost(Number(port)), real()])
    expect(await isReached(engine)).toEqual([{ one: 1 }])
  })

  it('passes a standby by where it needs a primary, without a round trip', async () => {
    const other = await startScriptedServer(standby)
    const engine = openHosts([localhost(other.port), real()], { targetSessionAttrs: 'primary' })
    const leases = await Promise.all([engine.acquire(), engine.acquire(), engine.acquire()])
    for (const lease of leases) lease.release()
    const asked = other.connections()
    expect(asked).toBeLessThanOrEqual(3)
    // Nothing but the start-up packet and the goodbye reached it.
    expect(other.received().toString('latin1')).not.toContain('select')
    const more = await Promise.all([1, 2, 3, 4].map(() => engine.acquire()))
    for (const lease of more) lease.release()
    expect(other.connections(), 'it is tried last for a while').toBe(asked)
    expect(engine.stats()).toMatchObject({ opened: 4 })
  })

  it('says of each host why it would not do', async () => {
    const engine = openHosts([real(), real()], {
      targetSessionAttrs: 'standby',
      pool: { acquireTimeoutMillis: 2_000 },
    })
    const failed = engine.acquire()
    await expect(failed).rejects.toThrow(PoolTimeoutError)
    const because = (text: string) => ({ cause: { message: expect.stringContaining(text) as string } })
    await expect(failed).rejects.toMatchObject(because('to any of 2 servers'))
    await expect(failed).rejects.toMatchObject(because('is not a standby, and targetSessionAttrs is standby'))
  })

  it('takes what there is where no standby is found and one is only preferred', async () => {
    const engine = openHosts([real(), real()], { targetSessionAttrs: 'prefer-standby' })
    expect(await isReached(engine)).toEqual([{ one: 1 }])
  })

  it('asks no other host where the first refuses the user', async () => {
    const engine = openHosts([real(), real()], { user: 'nobody_of_this_name', password: 'wrong' })
    const error = await engine.acquire().catch((reason: unknown) => reason as Error)
    expect(error).toHaveProperty('sqlState', expect.stringMatching(/^28/))
    expect(error).not.toHaveProperty('message', expect.stringContaining('servers'))
  })

  it('shares connections among hosts when it is asked to', async () => {
    const first = await NetworkProxy.start(pastPooler(database.url))
    const second = await NetworkProxy.start(pastPooler(database.url))
    onTestFinished(async () => {
      await Promise.all([first.stop(), second.stop()])
    })
    const hosts = [first, second].map((proxy) => localhost(Number(new URL(proxy.urlFor(database.url)).port)))
    const engine = openHosts(hosts, { loadBalanceHosts: true, pool: { size: 24, maxOverflow: 0 } })
    const leases = await Promise.all(Array.from({ length: 24 }, () => engine.acquire()))
    for (const lease of leases) lease.release()
    // All 24 on one side: once in eight million runs.
    for (const proxy of [first, second]) expect(proxy.connections.length).toBeGreaterThan(0)
  })
})
