import { createServer, type AddressInfo } from 'node:net'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import type * as freePortModule from '../../../src/testing/free-port.js'
import { LocalCluster } from '../../../src/testing/local-cluster.js'

/** Ports that the system is said to have offered, in this order; then real ones. */
const offered: number[] = []

vi.mock('../../../src/testing/free-port.js', async (importOriginal) => {
  const { freePort } = await importOriginal<typeof freePortModule>()
  return { freePort: async () => offered.shift() ?? (await freePort()) }
})

describe('LocalCluster.start', () => {
  it('tries another port when the one it was offered was taken in between', async () => {
    const other = createServer()
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve))
    onTestFinished(() => void other.close())
    const { port } = other.address() as AddressInfo
    offered.push(port, port)
    const cluster = await LocalCluster.create({ timeoutMillis: 60_000 })
    onTestFinished(() => cluster.remove())
    await cluster.start()
    expect(offered).toEqual([])
    expect(new URL(cluster.url).port).not.toBe(String(port))
  })
})
