import { StaleDataError } from '../errors/transaction-error.js'
import { statement, type Statement } from '../postgres/statement.js'
import type { StatementResult } from '../postgres/statement-result.js'
import { bulkValues } from './bulk-values.js'
import type { ColumnMapping } from './column-mapping.js'
import type { IdentityMap } from './identity-map.js'
import { insertText, type InsertShape } from './insert-text.js'
import { firstReturned, rowsInOrder } from './rows-in-order.js'
import type { RowList } from './row.js'
import { copyValue } from './same-value.js'
import { isGiven, type TableMapping } from './table-mapping.js'
import type { TrackedObject } from './tracked-object.js'
import type { TransactionJournal } from './transaction-journal.js'

/**
 * New rows of one table that have values for the same columns.
 *
 * @internal
 */
export class InsertBatch {
  readonly mapping: TableMapping
  readonly states: readonly TrackedObject[]
  readonly given: readonly ColumnMapping[]
  /** Columns that the server gives a value. */
  readonly left: readonly ColumnMapping[]
  /** Columns that are read back: those left to the server, and those whose values it may spell otherwise. */
  readonly returned: readonly ColumnMapping[]
  readonly isOverriding: boolean
  readonly #snapshots: readonly RowList[]

  /**
   * Reads the objects; what becomes of them later is for the next flush.
   *
   * @param states - Objects of one table and one signature, with all values there.
   * @param postponed - Columns to be written as NULL for now.
   * @param isNumbered - Whether keys were fetched beforehand.
   */
  constructor(
    states: readonly TrackedObject[],
    postponed: ReadonlyMap<TrackedObject, readonly ColumnMapping[]>,
    isNumbered: boolean,
  ) {
    const [first] = states as readonly [TrackedObject]
    const { mapping } = first
    this.mapping = mapping
    this.states = states
    this.given = mapping.columns.filter((column) => isGiven(column, first.object))
    this.left = mapping.columns.filter((column) => !isGiven(column, first.object))
    this.isOverriding = isNumbered && this.given.some((column) => column.isIdentityAlways)
    this.#snapshots = states.map((state) => mapping.snapshot(state.object))
    if (postponed.size > 0) this.#postpone(postponed)
    this.returned = mapping.columns.filter(
      (column) => this.left.includes(column) || this.#needsReading(column),
    )
  }

  /** The statement that writes the rows from one place to another. */
  statement(shape: InsertShape, from = 0, to = this.states.length): Statement {
    const { mapping, given } = this
    const rows = from === 0 && to === this.states.length ? this.#snapshots : this.#snapshots.slice(from, to)
    const values =
      given.length === 0
        ? [to - from]
        : given.map((column) => bulkValues(mapping, column, rows, (row) => row[column.index]))
    return { ...statement(insertText(shape), values), asLists: true }
  }

  /** Takes over what the server answered: the objects are rows now. */
  apply(
    results: readonly StatementResult[],
    shape: InsertShape,
    identities: IdentityMap,
    journal: TransactionJournal,
  ): void {
    const { states, mapping } = this
    const written = results.reduce((sum, result) => sum + (result.rowCount ?? 0), 0)
    if (written !== states.length) throw notAllWritten(mapping, written, states)
    if (this.returned.length > 0) {
      const [first] = results
      const rows =
        results.length === 1 && first !== undefined ? first.rows : results.flatMap((result) => result.rows)
      this.#takeBack(rowsInOrder(rows as RowList[], shape), firstReturned(shape), journal)
    }
    for (let index = 0; index < states.length; index++) {
      const state = states[index] as TrackedObject
      const snapshot = this.#snapshots[index] as RowList
      state.snapshot = snapshot
      state.status = 'persistent'
      identities.setIdentity(state, mapping.identityOf(snapshot))
    }
    journal.noteInserted(states, this.left)
  }

  /** Copies what the server gave into the objects. The values begin behind the ordinal, where there is one. */
  #takeBack(rows: readonly RowList[], first: number, journal: TransactionJournal): void {
    const { states, left } = this
    for (const [at, column] of this.returned.entries()) {
      const { key, index, codec } = column
      const isReplacing = !left.includes(column)
      for (let place = 0; place < states.length; place++) {
        const state = states[place] as TrackedObject
        const read = (rows[place] as RowList)[first + at]
        const value = codec.decode === undefined || read === null ? read : codec.decode(read)
        if (isReplacing) journal.noteReplaced(state, key)
        state.object[key] = value
        ;(this.#snapshots[place] as RowList)[index] = copyValue(value)
      }
    }
  }

  #postpone(postponed: ReadonlyMap<TrackedObject, readonly ColumnMapping[]>): void {
    for (const [index, state] of this.states.entries()) {
      for (const column of postponed.get(state) ?? [])
        (this.#snapshots[index] as RowList)[column.index] = null
    }
  }

  /** A value in another form than reading gives, such as a number for a numeric column. */
  #needsReading({ index, codec }: ColumnMapping): boolean {
    for (const row of this.#snapshots) {
      const value = row[index]
      if (value !== null && value !== undefined && !codec.isNative(value)) return true
    }
    return false
  }
}

function notAllWritten(
  mapping: TableMapping,
  written: number,
  states: readonly TrackedObject[],
): StaleDataError {
  return new StaleDataError({
    message: `PostgreSQL stored ${written} of ${states.length} new rows of ${mapping.key}`,
    hint: 'A trigger or rule left some out. Call rollback().',
    table: mapping.key,
    objects: states.map((state) => state.object),
    keys: [],
  })
}
