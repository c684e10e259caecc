import { ProtocolError } from '../errors/operational-error.js'
import type { ColumnReaders } from './column-readers.js'
import type { TypeReader, TypeReaders } from './type-readers.js'

/** One column of a RowDescription, as pg-protocol gives it. */
export interface FieldDescription {
  readonly name: string
  readonly dataTypeID: number
  readonly format: string
}

/** What a DataRow says in place of a length. */
const NULL = -1

/**
 * How the rows of one statement are read from their bytes: names, readers, and an empty row to copy.
 *
 * Built once per prepared statement. That is safe because the server refuses to run a prepared statement whose
 * columns have changed since it was described ("cached plan must not change result type", 0A000).
 *
 * @see PostgreSQL manual, Message Formats, DataRow
 * @internal
 */
export class RowShape {
  readonly #names: readonly string[]
  readonly #readers: readonly TypeReader[]
  readonly #emptyRow: Readonly<Record<string, unknown>>

  constructor(fields: readonly FieldDescription[], types: TypeReaders, columns?: ColumnReaders) {
    this.#names = fields.map((field) => field.name)
    this.#readers = fields.map(({ name, dataTypeID }) => {
      const readType = types.forType(dataTypeID)
      const readColumn = columns?.get(name)
      if (readColumn === undefined) return readType
      return (bytes, start, end) => readColumn(readType(bytes, start, end))
    })
    // Without a prototype a column named __proto__ becomes a property like any other, and stays one in each copy (S11).
    const emptyRow = Object.create(null) as Record<string, unknown>
    for (const name of this.#names) emptyRow[name] = null
    this.#emptyRow = { ...emptyRow }
  }

  /**
   * Reads a row as an object: the body of a DataRow, from `start` up to `end`.
   *
   * @throws {@link ProtocolError} if it is no row of these columns.
   */
  readObject(bytes: Buffer, start: number, end: number): Record<string, unknown> {
    const row: Record<string, unknown> = { ...this.#emptyRow }
    const names = this.#names
    const values = this.readList(bytes, start, end)
    // Of two columns with one name the last one wins, NULL included.
    for (let index = 0; index < names.length; index++) row[names[index] as string] = values[index]
    return row
  }

  /**
   * Reads the values of a row: for those who build something else than an object from them.
   *
   * @throws {@link ProtocolError} if it is no row of these columns.
   */
  readList(bytes: Buffer, start: number, end: number): unknown[] {
    const readers = this.#readers
    const count = readers.length
    if (end - start < 2 || bytes.readInt16BE(start) !== count) throw noSuchRow(count)
    const row = new Array<unknown>(count)
    let at = start + 2
    for (let index = 0; index < count; index++) {
      if (end - at < 4) throw noSuchRow(count)
      const length = bytes.readInt32BE(at)
      at += 4
      if (length === NULL) {
        row[index] = null
        continue
      }
      if (length < 0 || length > end - at) throw noSuchRow(count)
      row[index] = (readers[index] as TypeReader)(bytes, at, at + length)
      at += length
    }
    if (at !== end) throw noSuchRow(count)
    return row
  }
}

function noSuchRow(columns: number): ProtocolError {
  return new ProtocolError({
    message: `The server sent a row that is none of the ${columns} columns it described`,
  })
}
