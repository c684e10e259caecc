import type { ColumnMapping } from './column-mapping.js'
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
  if (snapshot === undefined) return undefined
  let changed: ColumnMapping[] | undefined
  for (const column of state.mapping.columns) {
    const { key, index } = column
    if (expired?.has(key) === true) continue
    const value = object[key]
    const known = snapshot[index]
    if (value === known || value === undefined || column.isComputed) continue
    if (column.isVersion) continue
    if (!isSameValue(value, known)) (changed ??= []).push(column)
  }
  return changed
}
