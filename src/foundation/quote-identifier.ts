import { UsageError } from '../errors/usage-error.js'

/** PostgreSQL cuts longer names without an error (NAMEDATALEN − 1), so two long names could become one. Bytes, not characters. */
export const MAX_IDENTIFIER_BYTES = 63

/**
 * Quotes one identifier for SQL text. Pure; performs no I/O.
 *
 * @param name - The bare name, exactly as the catalog holds it.
 * @returns The name in double quotes, inner double quotes doubled: always exactly one identifier.
 * @throws {@link UsageError} if the name is empty, longer than 63 bytes, or holds NUL or a lone surrogate: PostgreSQL
 * would refuse, cut or alter it.
 * @example
 * ```ts ignore -- not exported from the package
 * quoteIdentifier('odd"name') // '"odd""name"'
 * ```
 * @see PostgreSQL manual, Lexical Structure, "Identifiers and Key Words"
 */
export function quoteIdentifier(name: string): string {
  const flaw = identifierFlaw(name)
  if (flaw !== undefined) {
    throw new UsageError({
      message: `${JSON.stringify(name)} can't be an SQL identifier: it ${flaw}.`,
      hint: 'Pass the bare name of a schema, table, column, role or constraint.',
    })
  }
  return `"${name.replaceAll('"', '""')}"`
}

/**
 * Quotes a name with its qualifiers. Pure; performs no I/O.
 *
 * @param names - The parts from the outside in, such as schema, table, column.
 * @returns The quoted parts joined by dots.
 * @throws {@link UsageError} if a part can't be an identifier; see {@link quoteIdentifier}.
 * @example
 * ```ts ignore -- not exported from the package
 * quoteQualified('tenant_acme', 'users') // '"tenant_acme"."users"'
 * ```
 */
export function quoteQualified(...names: readonly [string, ...string[]]): string {
  return names.map(quoteIdentifier).join('.')
}

/**
 * Says why a value can't be an identifier. Pure; performs no I/O.
 *
 * @param name - The value met; typed `unknown` because names arrive from environment variables and plain JavaScript.
 * @returns The end of a sentence that begins with "it", or undefined for a sound name.
 */
export function identifierFlaw(name: unknown): string | undefined {
  if (typeof name !== 'string') return 'is not a string'
  if (name === '') return 'is empty'
  if (name.includes('\0')) return 'holds a NUL character'
  // UTF-8 has no lone surrogates: Node would send U+FFFD, and two different names could become one.
  if (/\p{Surrogate}/u.test(name)) return 'holds a lone surrogate'
  const bytes = Buffer.byteLength(name)
  if (bytes > MAX_IDENTIFIER_BYTES) {
    return `is ${String(bytes)} bytes long, and PostgreSQL keeps ${String(MAX_IDENTIFIER_BYTES)}`
  }
  return undefined
}
