/**
 * Reads the columns of a violated key out of PostgreSQL's detail, `Key (a, b)=(…) already exists.`
 *
 * Only the first pair of parentheses is read: the words around it are translated into the server's language, the
 * parentheses are not. Columns arrive as the server prints index columns: quoted where needed, expressions as SQL.
 *
 * @param detail - The server's detail; absent when the role may not read the columns.
 * @returns Bare column names, expressions as their SQL text; empty if the detail has no key.
 * @example
 * ```ts ignore -- not exported from the package
 * keyColumns('Key (tenant, lower(email))=(acme, a@b.c) already exists.') // ['tenant', 'lower(email)']
 * ```
 */
export function keyColumns(detail: string | undefined): readonly string[] {
  const start = detail?.indexOf('(') ?? -1
  if (detail === undefined || start === -1) return []
  const columns: string[] = []
  let depth = 0
  let quote: string | undefined
  let current = ''
  for (const character of detail.slice(start)) {
    if (quote !== undefined) {
      // A doubled quote closes and reopens at once, which reads the same.
      if (character === quote) quote = undefined
    } else if (character === '"' || character === "'") {
      quote = character
    } else if (character === '(') {
      depth++
      if (depth === 1) continue
    } else if (character === ')') {
      depth--
      if (depth === 0) return [...columns, unquote(current)]
    } else if (character === ',' && depth === 1) {
      columns.push(unquote(current))
      current = ''
      continue
    }
    current += character
  }
  return []
}

function unquote(column: string): string {
  const text = column.trim()
  return /^"(?:[^"]|"")*"$/u.test(text) ? text.slice(1, -1).replaceAll('""', '"') : text
}
