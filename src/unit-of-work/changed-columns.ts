import type { ColumnMapping } from './column-mapping.js'
import type { RowList } from './row.js'
import { isSameValue } from './same-value.js'
import type { TrackedObject } from './tracked-object.js'

/**
 * Finds the columns whose values differ, by value, from what the database has. No I/O.
 *
 * A column that was expired has no value to compare, and one that was deleted from the object is left alone. What the
 * server computes, and the row's version, are nobody's to change.
 *
 * @returns The columns, in the table's order; undefined, rather than an empty list, when there is none.
 * @internal
 */
export function changedColumns(state: TrackedObject): readonly ColumnMapping[] | undefined {
  const { object, snapshot, expired } = state
  if (snapshot === undefined || isUntouched(state, snapshot)) return undefined
  let changed: ColumnMapping[] | undefined
  for (const column of state.mapping.columns) {
    const { key, index } = column
    if (expired?.has(key) === true) continue
    const value = object[key]
    const known = snapshot[index]
    if (value === known || value === undefined || column.isComputed) continue
    if (column.isVersion) continue
    if (isSameValue(value, known)) continue
    if (changed === undefined) changed = [column]
    else changed.push(column)
  }
  return changed
}

/**
 * Whether an object holds the values of its row, in the order of the columns. One walk over its properties, which costs
 * half of asking for each by its name. What it can't tell is for {@link changedColumns} to find out.
 */
function isUntouched({ object, mapping: { columns }, expired }: TrackedObject, snapshot: RowList): boolean {
  if (expired !== undefined) return false
  let index = 0
  for (const key in object) {
    const column = columns[index]
    // Behind the columns come the relations.
    if (column === undefined) break
    if (column.key !== key) return false
    const value = object[key]
    const known = snapshot[index++]
    if (value !== known && !isSameValue(value, known)) return false
  }
  return true
}
