import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import pg from 'pg'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { LocalCluster } from '../../../src/testing/local-cluster.js'

let cluster: LocalCluster

beforeEach(async () => {
  cluster = await LocalCluster.create({ timeoutMillis: 60_000 })
  await cluster.start()
})
afterEach(async () => {
  await cluster.remove()
})

async function run(sql: string): Promise<unknown[]> {
  const client = new pg.Client(cluster.url)
  client.on('error', () => undefined)
  await client.connect()
  try {
    return (await client.query<Record<string, unknown>>(sql)).rows
  } finally {
    await client.end()
  }
}

describe('LocalCluster.shutDown', () => {
  it.each(['fast', 'immediate'] as const)('keeps acknowledged commits when the mode is %s', async (mode) => {
    await run('create table kept as select 1 as one')
    const { url } = cluster
    await cluster.shutDown(mode)
    await expect(run('select 1')).rejects.toMatchObject({ code: 'ECONNREFUSED' })
    await cluster.start()
    expect(cluster.url).toBe(url)
    expect(await run('select * from kept')).toEqual([{ one: 1 }])
  })
})

describe('LocalCluster.start', () => {
  it('does nothing while the server runs', async () => {
    const { pid } = cluster
    await cluster.start()
    expect(cluster.pid).toBe(pid)
  })

  it('starts again after the postmaster was killed', async () => {
    process.kill(cluster.pid!, 'SIGQUIT')
    await expect.poll(() => cluster.pid).toBe(undefined)
    await cluster.start()
    expect(await run('select 1 as one')).toEqual([{ one: 1 }])
  })

  it('keeps the password out of the data folder and the log', async () => {
    const folder = join(cluster.dataDirectory, '..')
    expect(existsSync(join(folder, 'password'))).toBe(false)
    expect(await readFile(join(folder, 'server.log'), 'utf8')).not.toContain(new URL(cluster.url).password)
  })
})
