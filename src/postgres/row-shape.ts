import type { ColumnReaders } from './column-readers.js'
import type { TypeParsers } from './type-parsers.js'

/** One column of a RowDescription, as pg-protocol gives it. */
export interface FieldDescription {
  readonly name: string
  readonly dataTypeID: number
  readonly format: string
}

/**
 * How the rows of one statement become objects: names, parsers, and an empty row to copy.
 *
 * Built once per prepared statement. That is safe because the server refuses to run a prepared statement whose
 * columns have changed since it was described ("cached plan must not change result type", 0A000).
 *
 * @internal
 */
export class RowShape {
  readonly #names: readonly string[]
  readonly #parsers: readonly ((text: string) => unknown)[]
  readonly #emptyRow: Readonly<Record<string, unknown>>

  constructor(fields: readonly FieldDescription[], parsers: TypeParsers, readers?: ColumnReaders) {
    this.#names = fields.map((field) => field.name)
    this.#parsers = fields.map(({ name, dataTypeID }) => {
      const parse = parsers.forType(dataTypeID)
      const read = readers?.get(name)
      return read === undefined ? parse : (text) => read(parse(text))
    })
    // Without a prototype a column named __proto__ becomes a property like any other, and stays one in each copy (S11).
    const emptyRow = Object.create(null) as Record<string, unknown>
    for (const name of this.#names) emptyRow[name] = null
    this.#emptyRow = { ...emptyRow }
  }

  /** Builds one row. */
  parse(values: readonly (string | null)[]): Record<string, unknown> {
    const row: Record<string, unknown> = { ...this.#emptyRow }
    const names = this.#names
    const parsers = this.#parsers
    for (let index = 0; index < names.length; index++) {
      const value = values[index]
      if (value === null || value === undefined) {
        // Of two columns with one name the last one wins, NULL included.
        row[names[index] as string] = null
      } else {
        row[names[index] as string] = (parsers[index] as (text: string) => unknown)(value)
      }
    }
    return row
  }

  /** Reads the values of one row, in place: for those who build something else than an object from them. */
  read(values: (string | null)[]): unknown[] {
    const row: unknown[] = values
    const parsers = this.#parsers
    for (let index = 0; index < parsers.length; index++) {
      const value = values[index]
      if (typeof value === 'string') row[index] = (parsers[index] as (text: string) => unknown)(value)
    }
    return row
  }
}
