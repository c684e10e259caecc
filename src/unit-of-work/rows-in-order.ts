import type { ColumnMapping } from './column-mapping.js'
import type { InsertShape } from './insert-text.js'
import type { RowList } from './row.js'

/**
 * Where in a row of the answer the columns that were asked for begin: behind the ordinal, if it has one. Pure.
 *
 * @internal
 */
export function firstReturned({ technique }: InsertShape): 0 | 1 {
  return technique === 'merge' || technique === 'key' ? 1 : 0
}

/**
 * The answer's rows in the order of the rows that were sent; proven as {@link InsertShape.technique} says. Pure.
 *
 * @internal
 */
export function rowsInOrder(rows: readonly RowList[], shape: InsertShape): readonly RowList[] {
  if (firstReturned(shape) === 1) {
    const sorted = new Array<RowList>(rows.length)
    for (const row of rows) sorted[(row[0] as number) - 1] = row
    return sorted
  }
  return shape.technique === 'sequence' ? byNumber(rows, shape) : rows
}

function byNumber(rows: readonly RowList[], { mapping, given, returned }: InsertShape): readonly RowList[] {
  const column = mapping.primaryKey.find((each) => !given.includes(each)) as ColumnMapping
  const at = returned.indexOf(column)
  const sign = column.sequence === 'descending' ? -1 : 1
  const compare = (left: RowList, right: RowList): number => sign * compareNumbers(left[at], right[at])
  const isInOrder = rows.every((row, index) => index === 0 || compare(rows[index - 1] as RowList, row) < 0)
  return isInOrder ? rows : rows.toSorted(compare)
}

function compareNumbers(left: unknown, right: unknown): number {
  return (left as bigint | number) < (right as bigint | number) ? -1 : 1
}
