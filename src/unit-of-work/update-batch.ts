import { quoteIdentifier } from '../foundation/quote-identifier.js'
import { statement, type Statement } from '../postgres/statement.js'
import { bulkValues } from './bulk-values.js'
import type { ColumnMapping } from './column-mapping.js'
import { indexes, ORDINAL } from './insert-text.js'
import type { AnyRow, RowList } from './row.js'
import { copyValue } from './same-value.js'
import type { TableMapping } from './table-mapping.js'
import type { TrackedObject } from './tracked-object.js'

/** The columns that an UPDATE sets. */
export interface UpdateShape {
  readonly mapping: TableMapping
  /** Columns that get a value each. */
  readonly set: readonly ColumnMapping[]
  /** Columns that get their default. */
  readonly defaulted: readonly ColumnMapping[]
  /** Whether only rows of the version that is known are changed, and get the next one. */
  readonly isVersioned: boolean
}

/** One row to be changed: how it is found, and what it is to become. */
export interface RowUpdate {
  /** The object that has the new values. */
  readonly state: TrackedObject
  /** The row as the database has it. */
  readonly known: Readonly<RowList>
  /** The row as it will be; read when the statement is written. */
  readonly next: RowList
}

/**
 * Changes of the same columns in rows of one table.
 *
 * @internal
 */
export class UpdateBatch {
  readonly shape: UpdateShape
  readonly updates: readonly RowUpdate[]
  /** Columns that are read back: computed ones, defaulted ones, and those whose values the server may spell otherwise. */
  readonly returned: readonly ColumnMapping[]

  constructor(shape: UpdateShape, updates: readonly RowUpdate[]) {
    this.shape = shape
    this.updates = updates
    const { mapping, set, defaulted } = shape
    const isForeign = ({ index, codec }: ColumnMapping): boolean =>
      updates.some(({ next }) => {
        const value = next[index]
        return value !== null && value !== undefined && !codec.isNative(value)
      })
    const back = new Set([...mapping.computed, ...defaulted, ...set.filter(isForeign)])
    this.returned = mapping.columns.filter((column) => back.has(column))
  }

  /** The statement: what rows are found by first, then values, each column one array. */
  get statement(): Statement {
    const { mapping, set } = this.shape
    const keys = this.#found.map((column) =>
      bulkValues(mapping, column, this.updates, ({ known }) => known[column.index]),
    )
    const values = set.map((column) =>
      bulkValues(mapping, column, this.updates, ({ next }) => next[column.index]),
    )
    return statement(this.#text(), [...keys, ...values])
  }

  /** Copies what the server computed into the objects. */
  takeBack(rows: readonly AnyRow[]): void {
    for (const row of rows) {
      const update = this.updates[(row[ORDINAL] as number) - 1] as RowUpdate
      for (const { key, index, codec } of this.returned) {
        const read = row[key]
        const value =
          codec.decode === undefined || read === null || read === undefined ? read : codec.decode(read)
        update.state.object[key] = value
        update.next[index] = copyValue(value)
      }
    }
  }

  /** The columns that rows are found by. */
  get #found(): readonly ColumnMapping[] {
    const { mapping, isVersioned } = this.shape
    return isVersioned && mapping.version !== undefined
      ? [...mapping.primaryKey, mapping.version]
      : mapping.primaryKey
  }

  #text(): string {
    const { mapping, set, defaulted, isVersioned } = this.shape
    const cacheKey = `update ${isVersioned ? '+' : ''}${indexes(set)} ${indexes(defaulted)} ${indexes(this.returned)}`
    let text = mapping.texts.get(cacheKey)
    if (text === undefined) mapping.texts.set(cacheKey, (text = this.#write()))
    return text
  }

  #write(): string {
    const { mapping, set, defaulted, isVersioned } = this.shape
    const found = this.#found
    const sent = [...found, ...set]
    const element = (column: ColumnMapping, index: number): string => column.codec.fromElement(`u.c${index}`)
    const counted = isVersioned && mapping.version !== undefined ? [mapping.version] : []
    const assignments = [
      ...set.map((column, index) => `${column.name} = ${element(column, found.length + index)}`),
      ...defaulted.map((column) => `${column.name} = default`),
      ...counted.map((column) => `${column.name} = t.${column.name} + 1`),
    ]
    const matches = found.map((column, index) => `t.${column.name} = ${element(column, index)}`)
    const arrays = sent.map((column, index) => `$${index + 1}::${column.codec.parameterType}`).join(', ')
    const names = sent.map((_, index) => `c${index}`).join(', ')
    const back = this.returned.map((column) => `t.${column.name} as ${quoteIdentifier(column.key)}`)
    // Which rows had the version tells which had not.
    const isReturning = back.length > 0 || isVersioned
    const source = `unnest(${arrays}) ${isReturning ? `with ordinality as u(${names}, o)` : `as u(${names})`}`
    const list = [`u.o::integer as ${quoteIdentifier(ORDINAL)}`, ...back]
    const returning = isReturning ? ` returning ${list.join(', ')}` : ''
    return `update ${mapping.name} as t set ${assignments.join(', ')} from ${source} where ${matches.join(' and ')}${returning}`
  }
}
