import type { ColumnMapping } from './column-mapping.js'
import { ORDINAL, type InsertShape } from './insert-text.js'
import type { AnyRow } from './row.js'

/**
 * The answer's rows in the order of the rows that were sent; proven as {@link InsertShape.technique} says. Pure.
 *
 * @internal
 */
export function rowsInOrder(
  rows: readonly AnyRow[],
  { technique, mapping, given }: InsertShape,
): readonly AnyRow[] {
  if (technique === 'merge' || technique === 'key') {
    const sorted: AnyRow[] = new Array<AnyRow>(rows.length)
    for (const row of rows) sorted[(row[ORDINAL] as number) - 1] = row
    return sorted
  }
  if (technique !== 'sequence') return rows
  const column = mapping.primaryKey.find((each) => !given.includes(each)) as ColumnMapping
  const sign = column.sequence === 'descending' ? -1 : 1
  const numbers = rows.map((row, index) => ({
    row,
    number: BigInt(row[column.key] as bigint | number),
    index,
  }))
  // Nearly always in order already: then this is one pass.
  numbers.sort((left, right) => (left.number < right.number ? -sign : sign))
  return numbers.map(({ row }) => row)
}
