import { UsageError } from '../errors/usage-error.js'
import type { ColumnMapping } from './column-mapping.js'
import type { AnyRow } from './row.js'
import type { TableMapping } from './table-mapping.js'

const SPECIAL = /[\\\n\r\t]/
const EVERY_SPECIAL = /[\\\n\r\t]/g
const ESCAPES: Readonly<Record<string, string>> = { '\\': '\\\\', '\n': '\\n', '\r': '\\r', '\t': '\\t' }
const EVERY_QUOTED = /\\(.)/gs

/**
 * Writes rows in the text format of COPY. No I/O.
 *
 * @param rows - Rows that have values for the same columns; undefined counts as null.
 * @throws {@link UsageError} naming the column, if a value has no faithful form.
 * @see PostgreSQL manual, COPY, "Text Format"
 * @internal
 */
export function copyRows(
  mapping: TableMapping,
  columns: readonly ColumnMapping[],
  rows: readonly Readonly<AnyRow>[],
): string {
  let text = ''
  let current: ColumnMapping | undefined
  try {
    for (const row of rows) {
      let separator = ''
      for (const column of columns) {
        current = column
        text += separator + field(column, row[column.key])
        separator = '\t'
      }
      text += '\n'
    }
  } catch (cause) {
    throw new UsageError({
      message: `${mapping.key}.${current?.key ?? ''} holds a value that can't be stored`,
      hint: 'The cause says what it is.',
      context: { table: mapping.key, column: current?.key },
      cause,
    })
  }
  return text
}

function field({ codec }: ColumnMapping, value: unknown): string {
  if (value === null || value === undefined) return '\\N'
  if (codec.isTextItself && typeof value === 'string') return escaped(value)
  const element = codec.encode(value)
  if (element === 'NULL') return '\\N'
  // As an element of an array it is quoted if it is anything but a number or the like.
  if (!element.startsWith('"')) return element
  const inner = element.slice(1, -1)
  return escaped(inner.includes('\\') ? inner.replace(EVERY_QUOTED, '$1') : inner)
}

function escaped(text: string): string {
  return SPECIAL.test(text)
    ? text.replace(EVERY_SPECIAL, (character) => ESCAPES[character] ?? character)
    : text
}
