import { mkdtemp, rm } from 'node:fs/promises'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, it, onTestFinished, vi } from 'vitest'
import { isDockerAnswering } from '../../../src/testing/is-docker-answering.js'

afterEach(() => {
  vi.unstubAllEnvs()
})

async function listen(where: string | number, listener: RequestListener): Promise<number> {
  const server = createServer(listener)
  await new Promise<void>((resolve) => server.listen(where, resolve))
  onTestFinished(() => {
    server.close()
    server.closeAllConnections()
  })
  return typeof where === 'string' ? 0 : (server.address() as AddressInfo).port
}

async function socketPath(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'docker-probe-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  return join(folder, 'docker.sock')
}

const pong: RequestListener = (request, response) => {
  response.statusCode = request.url === '/_ping' ? 200 : 404
  response.end('OK')
}

describe('isDockerAnswering', () => {
  it('is true when a daemon answers on a Unix socket', async () => {
    const path = await socketPath()
    await listen(path, pong)
    vi.stubEnv('DOCKER_HOST', `unix://${path}`)
    expect(await isDockerAnswering(1_000)).toBe(true)
  })

  it('is true when a daemon answers on TCP', async () => {
    vi.stubEnv('DOCKER_HOST', `tcp://127.0.0.1:${String(await listen(0, pong))}`)
    expect(await isDockerAnswering(1_000)).toBe(true)
  })

  it('is true when something listens where TLS is expected', async () => {
    vi.stubEnv('DOCKER_TLS_VERIFY', '1')
    vi.stubEnv('DOCKER_HOST', `tcp://127.0.0.1:${String(await listen(0, pong))}`)
    expect(await isDockerAnswering(1_000)).toBe(true)
  })

  it('is false when the daemon answers with an error', async () => {
    const path = await socketPath()
    await listen(path, (_, response) => response.writeHead(500).end())
    vi.stubEnv('DOCKER_HOST', `unix://${path}`)
    expect(await isDockerAnswering(1_000)).toBe(false)
  })

  it('is false in time when nobody answers', async () => {
    const path = await socketPath()
    await listen(path, () => undefined)
    vi.stubEnv('DOCKER_HOST', `unix://${path}`)
    const start = performance.now()
    expect(await isDockerAnswering(100)).toBe(false)
    expect(performance.now() - start).toBeLessThan(500)
  })

  it.each(['unix:///nonexistent/docker.sock', 'tcp://127.0.0.1:1', 'ssh://host', 'nonsense'])(
    'is false for %s',
    async (host) => {
      vi.stubEnv('DOCKER_HOST', host)
      expect(await isDockerAnswering(1_000)).toBe(false)
    },
  )
})
