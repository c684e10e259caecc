import { createRequire } from 'node:module'

/** Whether the Kysely that is installed knows `execute({ signal })`, which 0.29 brought. */
export function kyselyHasAbortOptions(): boolean {
  const { resolve } = createRequire(import.meta.url)
  try {
    // The entry came with the same line of versions; the options themselves can't be seen from outside.
    resolve('kysely/migration')
    return true
  } catch {
    return false
  }
}
