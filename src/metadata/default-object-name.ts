import { MAX_IDENTIFIER_BYTES } from '../foundation/quote-identifier.js'
import { clipIdentifier } from './clip-identifier.js'

/**
 * Builds the name that PostgreSQL itself gives an unnamed constraint, index or sequence: `table_column_label`. Pure.
 *
 * When the whole passes 63 bytes, the longer of the two first parts loses bytes until it fits; the label is kept.
 *
 * @param table - Name of the table.
 * @param column - Name of the column, several joined by `_`, or undefined.
 * @param label - `pkey`, `key`, `fkey`, `check`, `excl`, `idx` or `seq`, with a number after it if the name was taken.
 * @returns A name of at most 63 bytes.
 * @internal
 * @see PostgreSQL source, `makeObjectName`
 */
export function defaultObjectName(table: string, column: string | undefined, label: string): string {
  const available = MAX_IDENTIFIER_BYTES - Buffer.byteLength(label) - 1 - (column === undefined ? 0 : 1)
  let tableBytes = Buffer.byteLength(table)
  let columnBytes = column === undefined ? 0 : Buffer.byteLength(column)
  while (tableBytes + columnBytes > available) {
    if (tableBytes > columnBytes) tableBytes--
    else columnBytes--
  }
  const head = clipIdentifier(table, tableBytes)
  return column === undefined ? `${head}_${label}` : `${head}_${clipIdentifier(column, columnBytes)}_${label}`
}
