import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'tsup'

/** The entrants' program, ready to run. */
export interface BuiltEntrants extends AsyncDisposable {
  readonly processFile: string
}

const HERE = fileURLToPath(new URL('.', import.meta.url))
const ROOT = join(HERE, '..', '..')

/**
 * Compiles the entrants and our sources as the package is compiled.
 *
 * Under tsx every function that is made at run time is wrapped to keep its name, which plain JavaScript from
 * node_modules does not pay for; the comparison would not be fair.
 */
export async function buildEntrants(): Promise<BuiltEntrants> {
  // Inside the repository, so that packages are found; git ignores it.
  await mkdir(join(ROOT, '.tmp'), { recursive: true })
  const folder = await mkdtemp(join(ROOT, '.tmp', 'bench-'))
  const remove = (): Promise<void> => rm(folder, { recursive: true, force: true })
  try {
    await build({
      config: false,
      entry: { 'entrant-process': join(HERE, 'entrant-process.ts') },
      outDir: folder,
      format: ['esm'],
      target: 'node20',
      platform: 'node',
      splitting: true,
      skipNodeModulesBundle: true,
      silent: true,
    })
  } catch (error) {
    await remove()
    throw error
  }
  return { processFile: join(folder, 'entrant-process.js'), [Symbol.asyncDispose]: remove }
}
