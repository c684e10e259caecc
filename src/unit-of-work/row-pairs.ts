import type { ColumnMapping } from './column-mapping.js'
import type { RelationMapping } from './relation-mapping.js'
import type { TableMapping } from './table-mapping.js'
import type { TrackedObject } from './tracked-object.js'

/**
 * A row of a table in between: which of its columns equal which of the rows that it joins.
 *
 * @internal
 */
export interface RowPair {
  readonly table: TableMapping
  /** In the order of the table's columns. */
  readonly columns: readonly RowPairColumn[]
}

/** A column of a row in between, and where its value comes from. @internal */
export interface RowPairColumn {
  readonly column: ColumnMapping
  readonly state: TrackedObject
  readonly key: string
}

/** Rows of tables in between, each once: both of its ends may have been changed. @internal */
export class RowPairs {
  readonly #pairs = new Map<string, RowPair>()
  readonly #numbers = new Map<object, number>()

  /** The rows. */
  get all(): readonly RowPair[] {
    return [...this.#pairs.values()]
  }

  add({ through, local, foreign }: RelationMapping, state: TrackedObject, other: TrackedObject): void {
    if (through === undefined) return
    const columns = [
      ...foreign.map((column, index) => ({ column, state, key: (local[index] as ColumnMapping).key })),
      ...through.local.map((column, index) => ({
        column,
        state: other,
        key: (through.foreign[index] as ColumnMapping).key,
      })),
    ].sort((left, right) => left.column.index - right.column.index)
    const parts = columns.map((each) => `${each.column.index}=${this.#number(each.state)}.${each.key}`)
    this.#pairs.set(`${this.#number(through.table)} ${parts.join(' ')}`, { table: through.table, columns })
  }

  #number(object: object): number {
    let number = this.#numbers.get(object)
    if (number === undefined) this.#numbers.set(object, (number = this.#numbers.size))
    return number
  }
}
