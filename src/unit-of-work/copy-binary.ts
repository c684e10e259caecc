import { BinaryWriter } from './binary-writer.js'
import type { BinaryFormat } from './binary-format.js'
import type { ColumnMapping } from './column-mapping.js'
import type { AnyRow } from './row.js'

const SIGNATURE = Buffer.from('PGCOPY\n\u00ff\r\n\0', 'latin1')

/**
 * Writes rows in the binary format of COPY. No I/O.
 *
 * @param columns - The columns that the rows have values for.
 * @param rows - The rows; undefined counts as null.
 * @returns Undefined if a value has no binary form.
 * @see PostgreSQL manual, COPY, "Binary Format"
 * @internal
 */
export function copyBinary(
  columns: readonly ColumnMapping[],
  rows: readonly Readonly<AnyRow>[],
): Buffer | undefined {
  const fields = columns.map(({ key, codec }) => ({ key, write: (codec.binary as BinaryFormat).write }))
  const writer = new BinaryWriter()
  writer.bytes(SIGNATURE)
  // Flags, and the length of what else the header has.
  writer.int32(0)
  writer.int32(0)
  for (const row of rows) {
    writer.int16(fields.length)
    for (const { key, write } of fields) {
      const value = row[key]
      if (value === null || value === undefined) writer.int32(-1)
      else if (!write(writer, value)) return undefined
    }
  }
  writer.int16(-1)
  return writer.take()
}
