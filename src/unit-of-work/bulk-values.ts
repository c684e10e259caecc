import { UsageError } from '../errors/usage-error.js'
import type { ColumnMapping } from './column-mapping.js'
import type { TableMapping } from './table-mapping.js'

/**
 * Writes the values of one column of many rows as one parameter, an array literal. No I/O.
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
): string {
  const { encode } = column.codec
  let text = '{'
  try {
    for (let index = 0; index < rows.length; index++) {
      const value = valueOf(rows[index] as Item)
      if (index > 0) text += ','
      text += value === null || value === undefined ? 'NULL' : encode(value)
    }
  } catch (cause) {
    throw new UsageError({
      message: `${mapping.key}.${column.key} holds a value that can't be stored`,
      hint: 'The cause says what it is.',
      context: { table: mapping.key, column: column.key },
      cause,
    })
  }
  return `${text}}`
}
