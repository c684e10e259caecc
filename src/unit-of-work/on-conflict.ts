import { UsageError } from '../errors/usage-error.js'
import type { AnyTable } from '../metadata/table.js'
import type { ColumnMapping } from './column-mapping.js'
import type { TableMapping } from './table-mapping.js'

type ColumnKey<T extends AnyTable> = keyof T['$']['columns'] & string

/**
 * What becomes of rows that a unique constraint refuses.
 *
 * `'ignore'`: they are left out, whatever the constraint. With `columns`, only those of the constraint or index on
 * these columns are: they are left out too, or the row that is there gets the new values of the columns in `update`.
 */
export type OnConflict<T extends AnyTable> =
  | 'ignore'
  | {
      /** The columns of the unique constraint or index. */
      readonly columns: readonly ColumnKey<T>[]
      /** The columns that take the new values; `'all'`: every column that was given, but these. @defaultValue none: the new row is left out */
      readonly update?: readonly ColumnKey<T>[] | 'all' | undefined
    }

/** The ON CONFLICT clause of an INSERT; empty without one. Pure. @internal */
export function onConflictText(
  mapping: TableMapping,
  given: readonly ColumnMapping[],
  onConflict: OnConflict<AnyTable> | undefined,
): string {
  if (onConflict === undefined) return ''
  if (onConflict === 'ignore') return ' on conflict do nothing'
  const target = onConflict.columns.map((key) => mapping.column(key))
  if (target.length === 0) {
    throw new UsageError({
      message: `onConflict.columns is empty; expected the columns of a unique constraint of ${mapping.key}`,
      hint: "Name them, or pass onConflict: 'ignore' for any constraint.",
    })
  }
  const update =
    onConflict.update === 'all'
      ? given.filter((column) => !target.includes(column) && !mapping.primaryKey.includes(column))
      : (onConflict.update ?? []).map((key) => mapping.column(key))
  const names = target.map((column) => column.name).join(', ')
  if (update.length === 0) return ` on conflict (${names}) do nothing`
  const { version } = mapping
  const assignments = update
    .filter((column) => !column.isVersion)
    .map((column) => `${column.name} = excluded.${column.name}`)
  if (version !== undefined) assignments.push(`${version.name} = ${mapping.name}.${version.name} + 1`)
  return ` on conflict (${names}) do update set ${assignments.join(', ')}`
}
