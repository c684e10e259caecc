import { execFile } from 'node:child_process'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'

/** The repository. */
export const root = resolve(import.meta.dirname, '../..')

/** What `npm pack` says about the tarball it wrote. */
export interface PackedTarball {
  readonly path: string
  readonly files: readonly string[]
}

/**
 * Runs a program and gives its output.
 *
 * @throws Error with everything that it printed if it fails.
 */
export async function run(cwd: string, program: string, ...args: string[]): Promise<string> {
  try {
    const { stdout } = await promisify(execFile)(program, args, {
      cwd,
      maxBuffer: 64 * 1024 * 1024,
      env: { ...process.env, NO_COLOR: '1', FORCE_COLOR: '0' },
    })
    return stdout
  } catch (error) {
    const { stdout, stderr } = error as { stdout?: string; stderr?: string }
    throw new Error(`${program} ${args.join(' ')} failed:\n${stdout ?? ''}\n${stderr ?? ''}`, {
      cause: error,
    })
  }
}

/** Builds the package and packs it as `npm publish` would (its `prepack` is the build). */
export async function pack(folder: string): Promise<PackedTarball> {
  await run(root, 'npm', 'run', 'build')
  const printed = await run(root, 'npm', 'pack', '--json', '--ignore-scripts', '--pack-destination', folder)
  const [report] = JSON.parse(printed) as [{ filename: string; files: { path: string }[] }]
  return { path: join(folder, report.filename), files: report.files.map(({ path }) => path) }
}
