import { UsageError } from '../errors/usage-error.js'
import type { AnyRow, RowList } from './row.js'
import type { TableMapping } from './table-mapping.js'

/**
 * Brings a primary key into the form of a row of which only the key is known. Pure.
 *
 * @param key - The value of a key of one column, or an object with the columns by key; other columns are passed over.
 * @throws {@link UsageError} if a column of the key is missing.
 * @internal
 */
export function keyRow(mapping: TableMapping, key: unknown): RowList {
  const { primaryKey } = mapping
  const isByColumn =
    typeof key === 'object' && key !== null && !(key instanceof Date) && !(key instanceof Uint8Array)
  const row: RowList = []
  for (const column of primaryKey) {
    const value: unknown = isByColumn
      ? (key as AnyRow)[column.key]
      : primaryKey.length === 1
        ? key
        : undefined
    if (value === undefined || value === null) throw incomplete(mapping)
    row[column.index] = column.codec.normalize(value)
  }
  return row
}

function incomplete({ key, primaryKey }: TableMapping): UsageError {
  const names = primaryKey.map((column) => column.key).join(', ')
  return new UsageError({
    message: `The primary key of ${key} is incomplete: it consists of ${names}`,
    hint:
      primaryKey.length === 1 ? 'Pass its value.' : `Pass an object with all of its columns: { ${names} }.`,
  })
}
