import type { BinaryFormat } from './binary-format.js'
import { BinaryWriter } from './binary-writer.js'

/**
 * Writes an array of one dimension in binary. No I/O.
 *
 * @param format - How its elements travel.
 * @param count - How many there are.
 * @param valueAt - Gives each; undefined counts as null.
 * @returns Undefined if one of them has no binary form.
 * @see PostgreSQL's source, `array_recv`
 * @internal
 */
export function binaryArray(
  { oid, write }: BinaryFormat,
  count: number,
  valueAt: (index: number) => unknown,
): Buffer | undefined {
  const writer = new BinaryWriter()
  writer.int32(1)
  // The server does not look at whether there are NULLs.
  writer.int32(1)
  writer.int32(oid)
  writer.int32(count)
  writer.int32(1)
  for (let index = 0; index < count; index++) {
    const value = valueAt(index)
    if (value === null || value === undefined) writer.int32(-1)
    else if (!write(writer, value)) return undefined
  }
  return writer.take()
}
