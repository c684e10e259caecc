import { spawn, type ChildProcess } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { rmSync } from 'node:fs'
import { chmod, chown, mkdtemp, open, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { OperationalError } from '../errors/operational-error.js'
import { startClusterWatchdog } from './cluster-watchdog.js'
import { freePort } from './free-port.js'
import {
  isOpenToOthers,
  locatePostgresBinaries,
  shareBinaries,
  type PostgresBinaries,
} from './postgres-binaries.js'
import { lastLines, programEnvironment, runProgram } from './run-program.js'
import { serverAccount, type ServerAccount } from './server-account.js'

/** Options of {@link LocalCluster}. @internal */
export interface LocalClusterOptions {
  readonly binDirectory?: string | undefined
  readonly settings?: Readonly<Record<string, string | number | boolean>> | undefined
  readonly timeoutMillis: number
}

/**
 * A cluster that lives for one test run needs no protection against power failure. `synchronous_commit` stays on:
 * off, an immediate shutdown would lose acknowledged commits, which the fault tests would report as our bug.
 */
const SPEED_SETTINGS = {
  fsync: 'off',
  full_page_writes: 'off',
  max_connections: 200,
  log_checkpoints: 'off',
}

/** The port can be taken between our question and the server's bind; one collision is rare, five are not chance. */
const PORT_ATTEMPTS = 5

/** Escalation of {@link LocalCluster.shutDown}: how long each signal is given before the next, harder one. */
const SHUTDOWN_STEPS = [
  { mode: 'fast', signal: 'SIGINT', millis: 5_000 },
  { mode: 'immediate', signal: 'SIGQUIT', millis: 7_000 },
  { mode: 'kill', signal: 'SIGKILL', millis: 1_000 },
] as const

const STATUS_LINE_OF_PID_FILE = 7
const LONGEST_SOCKET_FOLDER_BYTES = 85

/** One listener for all clusters: one each would trip Node's warning about leaks at the eleventh. */
const running = new Set<LocalCluster>()
let isExitWatched = false

function watchExit(cluster: LocalCluster): void {
  running.add(cluster)
  if (isExitWatched) return
  isExitWatched = true
  process.on('exit', () => {
    for (const each of running) each.destroyNow()
  })
}

/**
 * A PostgreSQL of our own on 127.0.0.1, in a temporary folder.
 *
 * Beyond what {@link startPostgres} offers it can be shut down and started again on the same data, which the
 * fault tests need.
 *
 * @internal
 */
export class LocalCluster {
  readonly binaries: PostgresBinaries
  readonly #root: string
  readonly #account: ServerAccount
  readonly #password: string
  readonly #options: LocalClusterOptions
  readonly #watchdog: ChildProcess
  #postmaster: ChildProcess | undefined
  #exited: Promise<void> = Promise.resolve()
  #port = 0

  private constructor(
    root: string,
    watchdog: ChildProcess,
    binaries: PostgresBinaries,
    account: ServerAccount,
    options: LocalClusterOptions,
  ) {
    this.#root = root
    this.#watchdog = watchdog
    this.binaries = binaries
    this.#account = account
    this.#options = options
    this.#password = randomBytes(12).toString('hex')
  }

  /** Creates the data folder with initdb; no server runs yet. */
  static async create(options: LocalClusterOptions): Promise<LocalCluster> {
    if (process.platform === 'win32') {
      throw new OperationalError({
        message: 'A local PostgreSQL is started on Linux and macOS only; this is Windows.',
        hint: 'Start Docker with @testcontainers/postgresql installed, or set DATABASE_URL.',
      })
    }
    const found = await locatePostgresBinaries(options.binDirectory)
    const account = await serverAccount()
    const parent = account.uid === undefined || (await isOpenToOthers(tmpdir())) ? tmpdir() : '/tmp'
    const root = await mkdtemp(join(parent, 'async-database-'))
    const watchdog = startClusterWatchdog(root)
    try {
      const binaries =
        account.uid === undefined ? found : await shareBinaries(found, join(root, 'postgresql'))
      const cluster = new LocalCluster(root, watchdog, binaries, account, options)
      await cluster.#initialize()
      watchExit(cluster)
      return cluster
    } catch (error) {
      await rm(root, { recursive: true, force: true })
      watchdog.stdin?.end()
      throw error
    }
  }

  /** Superuser URL; the port is known after the first {@link LocalCluster.start} and kept by later ones. */
  get url(): string {
    return `postgresql://postgres:${this.#password}@127.0.0.1:${String(this.#port)}/postgres`
  }

  /** The running postmaster's process id, for tests that stop or kill it. */
  get pid(): number | undefined {
    return this.#postmaster?.pid
  }

  /** The server's data directory. */
  get dataDirectory(): string {
    return join(this.#root, 'data')
  }

  /**
   * Starts the server and waits until it accepts connections.
   *
   * @throws {@link OperationalError} if it ends before that or is not ready in time; with the end of its log.
   */
  async start(): Promise<void> {
    if (this.#postmaster !== undefined) return
    const isFirstStart = this.#port === 0
    for (let attempt = 1; ; attempt++) {
      if (isFirstStart) this.#port = await freePort()
      await this.#spawn()
      if (await this.#isReadyBeforeExit()) return
      const log = await readFile(this.#logFile, 'utf8')
      if (isFirstStart && attempt < PORT_ATTEMPTS && log.includes('Address already in use')) continue
      throw new OperationalError({
        message: `PostgreSQL ${this.binaries.version} ended while it started: ${lastLines(log)}`,
        hint: 'Are all "settings" known to this version of PostgreSQL?',
      })
    }
  }

  /**
   * Stops the server and keeps its data.
   *
   * @param mode - `fast` ends all sessions with an error; `immediate` is a crash that the next start recovers from.
   */
  async shutDown(mode: 'fast' | 'immediate' = 'fast'): Promise<void> {
    const postmaster = this.#postmaster
    if (postmaster === undefined) return
    // An unreferenced child would let Node leave while we wait for it to exit.
    postmaster.ref()
    for (const step of SHUTDOWN_STEPS.slice(mode === 'fast' ? 0 : 1)) {
      postmaster.kill(step.signal)
      const timer = new AbortController()
      const late = sleep(step.millis, 'late', { signal: timer.signal }).catch(() => 'late')
      const outcome = await Promise.race([this.#exited, late])
      timer.abort()
      if (outcome !== 'late') return
    }
  }

  /** Stops the server and removes everything. Safe to call again. */
  async remove(): Promise<void> {
    await this.shutDown('fast')
    running.delete(this)
    await rm(this.#root, { recursive: true, force: true, maxRetries: 5 })
    this.#watchdog.stdin?.end()
  }

  /** As {@link LocalCluster.remove}, for a process that is about to exit and can't wait; the watchdog does the rest. */
  destroyNow(): void {
    this.#postmaster?.kill('SIGQUIT')
    try {
      rmSync(this.#root, { recursive: true, force: true })
    } catch {
      // The server is still writing; the watchdog tries again when this process is gone.
    }
  }

  get #logFile(): string {
    return join(this.#root, 'server.log')
  }

  async #initialize(): Promise<void> {
    const passwordFile = join(this.#root, 'password')
    await writeFile(passwordFile, `${this.#password}\n`, { mode: 0o600 })
    await this.#giveAway(passwordFile)
    await chmod(this.#root, 0o700)
    await this.#giveAway(this.#root)
    const isBuiltinLocaleKnown = Number.parseInt(this.binaries.version) >= 17
    await runProgram(
      this.binaries.initdb,
      [
        `--pgdata=${this.dataDirectory}`,
        '--username=postgres',
        `--pwfile=${passwordFile}`,
        '--auth=scram-sha-256',
        '--encoding=UTF8',
        // C is the one locale that every system has.
        '--locale=C',
        ...(isBuiltinLocaleKnown ? ['--locale-provider=builtin', '--builtin-locale=C.UTF-8'] : []),
        '--no-sync',
        '--no-instructions',
      ],
      { cwd: this.#root, ...this.#account },
    )
    await rm(passwordFile)
  }

  async #spawn(): Promise<void> {
    const log = await open(this.#logFile, 'w')
    // A path in a Unix socket's address is cut at about 100 bytes; macOS has long temporary folders.
    const isSocketPossible = Buffer.byteLength(this.#root) <= LONGEST_SOCKET_FOLDER_BYTES
    const settings = {
      ...SPEED_SETTINGS,
      listen_addresses: '127.0.0.1',
      port: this.#port,
      unix_socket_directories: isSocketPossible ? this.#root : '',
      ...this.#options.settings,
    }
    const args = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${String(value)}`])
    // Output goes to a file: on a pipe, a busy event loop of ours would block the server's every log line.
    const postmaster = spawn(this.binaries.postgres, ['-D', this.dataDirectory, ...args], {
      cwd: this.#root,
      ...this.#account,
      env: programEnvironment(),
      // Ctrl-C in a terminal goes to the whole process group; the server must outlive the host's own clean-up.
      detached: true,
      stdio: ['ignore', log.fd, log.fd],
    })
    postmaster.unref()
    this.#postmaster = postmaster
    this.#exited = new Promise((resolve) => {
      const onEnd = (): void => {
        if (this.#postmaster === postmaster) this.#postmaster = undefined
        resolve()
      }
      postmaster.once('exit', onEnd).once('error', onEnd)
    })
    await log.close()
  }

  async #isReadyBeforeExit(): Promise<boolean> {
    const deadline = performance.now() + this.#options.timeoutMillis
    while (performance.now() < deadline) {
      if (this.#postmaster === undefined) return false
      if (await this.#saysReady()) return true
      await sleep(10)
    }
    await this.shutDown('immediate')
    throw new OperationalError({
      message: `PostgreSQL ${this.binaries.version} was not ready within ${String(this.#options.timeoutMillis)} ms.`,
      hint: 'Raise timeoutMillis on a slow machine.',
    })
  }

  /** pg_ctl's own test: the postmaster writes its state into the eighth line of its pid file (PostgreSQL ≥ 10). */
  async #saysReady(): Promise<boolean> {
    const lines = await readFile(join(this.dataDirectory, 'postmaster.pid'), 'utf8').catch(() => '')
    const [pid] = lines.split('\n')
    return (
      Number(pid) === this.#postmaster?.pid && lines.split('\n')[STATUS_LINE_OF_PID_FILE]?.trim() === 'ready'
    )
  }

  async #giveAway(path: string): Promise<void> {
    const { uid, gid } = this.#account
    if (uid !== undefined && gid !== undefined) await chown(path, uid, gid)
  }
}
