import { existsSync } from 'node:fs'
import { request, type RequestOptions } from 'node:http'
import { connect } from 'node:net'
import { homedir } from 'node:os'
import { join } from 'node:path'

/** Docker's own ports, for a DOCKER_HOST that names none (Docker manual, "dockerd", daemon socket option). */
const DEFAULT_PORT = '2375'
const DEFAULT_TLS_PORT = '2376'

/**
 * Tells whether a Docker daemon answers where Testcontainers would look for one.
 *
 * Sends one `GET /_ping` to `DOCKER_HOST`, or else to the first of the usual sockets that exists. Never throws and
 * loads no package: loading Testcontainers only to hear that there is no daemon takes a second.
 *
 * @param timeoutMillis - Longest wait, in milliseconds.
 * @internal
 */
export async function isDockerAnswering(timeoutMillis: number): Promise<boolean> {
  const host = process.env['DOCKER_HOST'] ?? usualSocket()
  if (host === undefined) return false
  const signal = AbortSignal.timeout(timeoutMillis)
  try {
    const url = new URL(host)
    if (url.protocol === 'unix:') return await answersPing({ socketPath: url.pathname, signal })
    if (url.protocol === 'npipe:')
      return await answersPing({ socketPath: url.pathname.replace(/^\/+/, '//'), signal })
    if (url.protocol !== 'tcp:' && url.protocol !== 'http:' && url.protocol !== 'https:') return false
    if (url.protocol === 'https:' || process.env['DOCKER_TLS_VERIFY'] === '1') {
      return await accepts(url.hostname, Number(url.port || DEFAULT_TLS_PORT), signal)
    }
    return await answersPing({ host: url.hostname, port: url.port || DEFAULT_PORT, signal })
  } catch {
    return false
  }
}

function usualSocket(): string | undefined {
  if (process.platform === 'win32') return 'npipe:////./pipe/docker_engine'
  const runtimeFolder = process.env['XDG_RUNTIME_DIR'] ?? `/run/user/${String(process.getuid?.())}`
  const path = [
    '/var/run/docker.sock',
    join(runtimeFolder, 'docker.sock'),
    join(homedir(), '.docker/run/docker.sock'),
    join(homedir(), '.docker/desktop/docker.sock'),
  ].find((candidate) => existsSync(candidate))
  return path === undefined ? undefined : `unix://${path}`
}

async function answersPing(options: RequestOptions): Promise<boolean> {
  return await new Promise((resolve) => {
    request({ ...options, path: '/_ping', agent: false }, (response) => {
      response.resume()
      resolve(response.statusCode === 200)
    })
      .on('error', () => {
        resolve(false)
      })
      .end()
  })
}

/** Behind TLS with client certificates a connection must do: Testcontainers has the certificates, this probe has not. */
async function accepts(host: string, port: number, signal: AbortSignal): Promise<boolean> {
  return await new Promise((resolve) => {
    const socket = connect({ host, port, signal })
    const settle = (isOpen: boolean) => (): void => {
      socket.destroy()
      resolve(isOpen)
    }
    socket.once('connect', settle(true)).once('error', settle(false))
  })
}
