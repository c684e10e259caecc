import type { PostgresServer, StartPostgresOptions } from './postgres-server.js'

/**
 * Starts PostgreSQL in a container. Testcontainers' own reaper removes it when this process dies.
 *
 * @throws Whatever Testcontainers throws: the caller falls back to a local server.
 * @internal
 */
export async function startContainerServer(
  options: Pick<StartPostgresOptions, 'settings'> & {
    readonly image: string
    readonly timeoutMillis: number
  },
): Promise<PostgresServer> {
  const { PostgreSqlContainer } = await import('@testcontainers/postgresql')
  const { serverVersion } = await import('./server-version.js')
  const settings = { fsync: 'off', full_page_writes: 'off', max_connections: 200, ...options.settings }
  const args = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${String(value)}`])
  const container = await new PostgreSqlContainer(options.image)
    .withCommand(['postgres', ...args])
    .withStartupTimeout(options.timeoutMillis)
    .start()
  let stopping: Promise<void> | undefined
  const stop = (): Promise<void> => (stopping ??= container.stop().then(() => undefined))
  try {
    const url = container.getConnectionUri()
    return {
      url,
      source: 'testcontainers',
      version: await serverVersion(url),
      stop,
      [Symbol.asyncDispose]: stop,
    }
  } catch (error) {
    await stop()
    throw error
  }
}
