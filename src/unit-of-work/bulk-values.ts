import { UsageError } from '../errors/usage-error.js'
import { binaryArray } from './binary-array.js'
import type { ColumnMapping } from './column-mapping.js'
import type { TableMapping } from './table-mapping.js'

/** Fewer travel as text, which logs of parameters can show. */
const BINARY_FROM_ROWS = 50

/**
 * Writes the values of one column of many rows as one parameter: an array, in binary where the type has such a form
 * here and every value is of it, else as a literal. No I/O.
 *
 * The driver's own conversion of arrays asks for every element what it is; the column knows.
 *
 * @param rows - The rows.
 * @param valueOf - The value of a row; undefined counts as null.
 * @throws {@link UsageError} naming the column, if a value has no faithful form.
 * @internal
 */
export function bulkValues<Item>(
  mapping: TableMapping,
  column: ColumnMapping,
  rows: readonly Item[],
  valueOf: (item: Item) => unknown,
): Buffer | string {
  const { binary, encode } = column.codec
  try {
    const bytes =
      binary !== undefined && rows.length >= BINARY_FROM_ROWS
        ? binaryArray(binary, rows.length, (index) => valueOf(rows[index] as Item))
        : undefined
    if (bytes !== undefined) return bytes
    // Joined once: a text that grows element by element is a chain as long as the array before it is sent.
    const elements = rows.map((row) => {
      const value = valueOf(row)
      return value === null || value === undefined ? 'NULL' : encode(value)
    })
    return `{${elements.join(',')}}`
  } catch (cause) {
    throw new UsageError({
      message: `${mapping.key}.${column.key} holds a value that can't be stored`,
      hint: 'The cause says what it is.',
      context: { table: mapping.key, column: column.key },
      cause,
    })
  }
}
