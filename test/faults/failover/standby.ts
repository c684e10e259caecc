import { execFile } from 'node:child_process'
import { appendFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { LocalCluster } from '../../../src/testing/local-cluster.js'

const run = promisify(execFile)

/** The same place as `url` on another server; a standby has its primary's passwords. */
export function urlOn(url: string, cluster: LocalCluster): string {
  const other = new URL(url)
  other.port = new URL(cluster.url).port
  return other.href
}

/**
 * Starts a streaming standby of a cluster, from a copy of its files made while it is shut down: the packaged binaries
 * have no pg_basebackup.
 *
 * @see PostgreSQL manual, "File System Level Backup" and "Setting Up a Standby Server"
 */
export async function startStandby(
  primary: LocalCluster,
  options: Parameters<typeof LocalCluster.create>[0],
): Promise<LocalCluster> {
  const standby = await LocalCluster.create(options)
  await primary.shutDown('fast')
  await rm(standby.dataDirectory, { recursive: true })
  await run('cp', ['-a', primary.dataDirectory, standby.dataDirectory])
  await primary.start()
  const { hostname, port, username, password } = new URL(primary.url)
  const target = `host=${hostname} port=${port} user=${username} password=${password}`
  await appendFile(join(standby.dataDirectory, 'postgresql.auto.conf'), `primary_conninfo = '${target}'\n`)
  await writeFile(join(standby.dataDirectory, 'standby.signal'), '')
  await standby.start()
  return standby
}
