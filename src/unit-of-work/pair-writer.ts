import { statement } from '../postgres/statement.js'
import { bulkValues } from './bulk-values.js'
import type { ColumnMapping } from './column-mapping.js'
import type { FlushContext } from './flush-context.js'
import { groupBy } from './group-by.js'
import { indexes, insertText } from './insert-text.js'
import { deleteByColumns } from './key-statements.js'
import { currentValue } from './relation-keys.js'
import type { RowPair } from './row-pairs.js'
import type { RowList } from './row.js'
import type { TableMapping } from './table-mapping.js'

/**
 * The step of a flush that writes rows of tables in between: one statement for each table, and nobody's objects.
 *
 * @internal
 */
export class PairWriter {
  readonly #context: FlushContext

  constructor(context: FlushContext) {
    this.#context = context
  }

  /** Deletes rows. One that is gone already is what was asked for. */
  delete(pairs: readonly RowPair[]): void {
    for (const { table, columns, members } of grouped(pairs)) {
      const rows = members.map((pair) =>
        rowOf(pair, ({ mapping, snapshot }, key) => snapshot?.[mapping.column(key).index]),
      )
      this.#send(deleteByColumns(table, columns, rows))
    }
  }

  /** Inserts rows. Waits for the keys of new objects. */
  async insert(pairs: readonly RowPair[]): Promise<void> {
    if (pairs.length === 0) return
    await this.#context.answers.settled()
    for (const { table, columns, members } of grouped(pairs)) {
      const rows = members.map((pair) => rowOf(pair, currentValue))
      const shape = {
        mapping: table,
        given: columns,
        returned: [],
        isOverriding: false,
        technique: 'none',
      } as const
      const values = columns.map((column) => bulkValues(table, column, rows, (row) => row[column.index]))
      this.#send(statement(insertText(shape), values))
    }
  }

  #send(next: ReturnType<typeof statement>): void {
    const { answers, runner } = this.#context
    answers.add(runner.execute(next), () => undefined)
  }
}

interface PairGroup {
  readonly table: TableMapping
  readonly columns: readonly ColumnMapping[]
  readonly members: readonly RowPair[]
}

function grouped(pairs: readonly RowPair[]): PairGroup[] {
  const columnsOf = (pair: RowPair): ColumnMapping[] => pair.columns.map(({ column }) => column)
  const groups = groupBy(pairs, (pair) => `${pair.table.key} ${indexes(columnsOf(pair))}`)
  return [...groups.values()].map((members) => {
    const [first] = members as [RowPair]
    return { table: first.table, columns: columnsOf(first), members }
  })
}

function rowOf(
  { columns }: RowPair,
  valueOf: (state: RowPair['columns'][number]['state'], key: string) => unknown,
): RowList {
  const row: RowList = []
  for (const { column, state, key } of columns) row[column.index] = valueOf(state, key)
  return row
}
