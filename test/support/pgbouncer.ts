import { execFile, spawn } from 'node:child_process'
import { access, chmod, chown, mkdir, mkdtemp, readdir, rename, rm, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { freePort } from '../../src/testing/free-port.js'
import { serverAccount } from '../../src/testing/server-account.js'

const run = promisify(execFile)

/** A PgBouncer in transaction mode in front of a server. */
export interface PgBouncer extends AsyncDisposable {
  readonly host: string
  readonly port: number
  stop(): Promise<void>
}

/** Options of {@link startPgBouncer}. */
export interface PgBouncerOptions {
  /** Server connections of each database and user. Default 2. */
  readonly poolSize?: number
}

interface Program {
  readonly path: string
  /** Where its libraries are, if not where the system looks. */
  readonly libraries: string | undefined
}

const START_MILLIS = 10_000

/**
 * Starts PgBouncer in front of the server of a URL, for all of its databases and the user of that URL.
 *
 * It comes from PATH, or from the Debian package, which is unpacked into a folder for temporary files and not installed.
 *
 * @returns The pooler, or in a word why there is none.
 */
export async function startPgBouncer(
  serverUrl: string,
  options: PgBouncerOptions = {},
): Promise<PgBouncer | string> {
  const program = await locate()
  if (typeof program === 'string') return program
  const folder = await mkdtemp(join(tmpdir(), 'pgbouncer-run-'))
  const account = await serverAccount()
  const port = await freePort()
  const server = new URL(serverUrl)
  const userList = join(folder, 'users.txt')
  const configuration = join(folder, 'pgbouncer.ini')
  const user = decodeURIComponent(server.username)
  await writeFile(userList, `"${user}" "${decodeURIComponent(server.password)}"\n`)
  await writeFile(
    configuration,
    `[databases]
* = host=${server.hostname} port=${server.port || '5432'}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${String(port)}
unix_socket_dir =
auth_type = scram-sha-256
auth_file = ${userList}
pool_mode = transaction
default_pool_size = ${String(options.poolSize ?? 2)}
max_client_conn = 1000
server_lifetime = 3600
server_idle_timeout = 5
query_wait_timeout = 60
`,
  )
  for (const path of [folder, userList, configuration]) {
    await chmod(path, path === folder ? 0o755 : 0o644)
    if (account.uid !== undefined) await chown(path, account.uid, account.gid ?? account.uid)
  }
  const child = spawn(program.path, [configuration], {
    ...account,
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { ...(program.libraries !== undefined && { LD_LIBRARY_PATH: program.libraries }) },
  })
  let log = ''
  child.stderr.on('data', (chunk: Buffer) => {
    log = (log + chunk.toString()).slice(-2_000)
  })
  const ended = new Promise<void>((resolve) => {
    child.once('error', () => {
      resolve()
    })
    child.once('exit', () => {
      resolve()
    })
  })
  const stop = async (): Promise<void> => {
    child.kill('SIGKILL')
    await ended
    await rm(folder, { recursive: true, force: true })
  }
  const until = performance.now() + START_MILLIS
  while (!(await isListening(port))) {
    if (child.exitCode !== null || child.pid === undefined || performance.now() > until) {
      await stop()
      return `PgBouncer did not start: ${log.trim().split('\n').at(-1) ?? 'it said nothing'}`
    }
    await sleep(50)
  }
  return { host: '127.0.0.1', port, stop, [Symbol.asyncDispose]: stop }
}

function isListening(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    const tell = (isOpen: boolean): void => {
      socket.destroy()
      resolve(isOpen)
    }
    socket.once('connect', () => {
      tell(true)
    })
    socket.once('error', () => {
      tell(false)
    })
  })
}

async function locate(): Promise<Program | string> {
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/sbin']
  for (const folder of folders) {
    const path = join(folder, 'pgbouncer')
    if (await exists(path)) return { path, libraries: undefined }
  }
  const cache = join(tmpdir(), 'async-database-pgbouncer')
  const unpacked = join(cache, 'root')
  try {
    if (!(await exists(unpacked))) await unpack(cache, unpacked)
    const path = join(unpacked, 'usr/sbin/pgbouncer')
    if (!(await exists(path))) return 'the Debian package of PgBouncer holds no pgbouncer'
    return { path, libraries: await librariesIn(join(unpacked, 'usr/lib')) }
  } catch (error) {
    return `no pgbouncer on PATH, and its Debian package can't be had (${(error as Error).message.split('\n')[0] ?? ''})`
  }
}

/** Unpacked beside and then renamed, so that two runs at once don't meet a half of it. */
async function unpack(cache: string, target: string): Promise<void> {
  await mkdir(cache, { recursive: true })
  const work = await mkdtemp(join(cache, 'work-'))
  try {
    const { stdout } = await run('apt-cache', ['depends', 'pgbouncer'])
    const libraries = [...stdout.matchAll(/Depends: (lib(?:c-?ares|event)[\w.+-]*)/g)].map(
      ([, name]) => name ?? '',
    )
    await run('apt-get', ['download', 'pgbouncer', ...libraries], { cwd: work, timeout: 60_000 })
    const root = join(work, 'root')
    for (const file of await readdir(work)) {
      if (file.endsWith('.deb')) await run('dpkg', ['-x', join(work, file), root])
    }
    await chmod(cache, 0o755)
    await rename(root, target).catch(() => undefined)
  } finally {
    await rm(work, { recursive: true, force: true })
  }
}

async function librariesIn(folder: string): Promise<string | undefined> {
  if (!(await exists(folder))) return undefined
  const folders = await readdir(folder, { recursive: true })
  const paths = folders.filter((name) => name.includes('.so')).map((name) => join(folder, name, '..'))
  return [...new Set(paths)].join(delimiter)
}

async function exists(path: string): Promise<boolean> {
  return await access(path).then(
    () => true,
    () => false,
  )
}
