import { ConfigurationError } from '../errors/usage-error.js'
import { identifierFlaw } from './quote-identifier.js'

/**
 * Checks the name of a schema that the application may own. Pure; performs no I/O.
 *
 * Everything that passes is safe to quote; it is not yet quoted.
 *
 * @param name - The name met.
 * @param where - Where it came from, for the message: a key path such as `schema`, or the name of a variable.
 * @returns The name, unchanged.
 * @throws {@link ConfigurationError} if the name is not a string, is empty, holds NUL or a lone surrogate, is longer
 * than 63 bytes, begins with `pg_`, or is `information_schema`.
 * @example
 * ```ts ignore -- not exported from the package
 * checkSchemaName('tenant_acme', 'schema') // 'tenant_acme'
 * ```
 */
export function checkSchemaName(name: unknown, where: string): string {
  const flaw = identifierFlaw(name) ?? reservedFlaw(name as string)
  if (flaw === undefined) return name as string
  const shown = typeof name === 'string' ? JSON.stringify(name) : typeof name
  throw new ConfigurationError({
    message: `${where}: ${shown} can't be the name of a schema: it ${flaw}.`,
    hint: 'Use a name of your own of at most 63 bytes, such as public or tenant_acme.',
    context: { where },
  })
}

/** PostgreSQL reserves these; pg_temp and pg_toast would also change what an unqualified name finds (S1, S3). */
function reservedFlaw(name: string): string | undefined {
  const folded = name.toLowerCase()
  if (folded.startsWith('pg_')) return "begins with pg_, which is the server's own prefix"
  if (folded === 'information_schema') return 'belongs to the server'
  // Even quoted, the server takes it in a search path for the name of the current user.
  if (folded === '$user') return 'stands for the current user in a search path'
  return undefined
}
