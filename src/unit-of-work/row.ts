import type { Insertable, Selectable } from 'kysely'
import type { InferColumns } from '../metadata/infer-database.js'
import type { AnyTable } from '../metadata/table.js'

/**
 * A row of a table, as an object of the unit of work.
 *
 * @example
 * ```ts ignore -- the front door exports Row together with the session's own methods
 * import { bigint, table, text, type Row } from 'async-database'
 *
 * const users = table('users', { id: bigint().identity().primaryKey(), email: text().notNull() })
 * export interface User extends Row<typeof users> {}
 * export const user: User = { id: 1n, email: 'ada@example.org' }
 * ```
 */
export type Row<T extends AnyTable> = Selectable<InferColumns<T['$']['columns']>>

/** What a new row of a table is made of: every column that takes no NULL and has no default, and any of the others. */
export type NewRow<T extends AnyTable> = Insertable<InferColumns<T['$']['columns']>>

/** A value of a primary key that is one column. */
export type ScalarKey = bigint | boolean | Date | number | string | Uint8Array

type ColumnsOf<T extends AnyTable> = T['$']['columns']

/** Values for some columns of a row, as they are read or as they may be written. */
export type RowValues<T extends AnyTable> = {
  readonly [K in keyof ColumnsOf<T>]?:
    | ColumnsOf<T>[K]['$read']
    | ColumnsOf<T>[K]['$write']
    | ('null' extends ColumnsOf<T>[K]['$flags'] ? null : never)
}

/** The primary key of a row: its value where it is one column, else the columns by key. */
export type RowKey<T extends AnyTable> = RowValues<T> | ScalarKey

/** A row's values, in the order of its table's columns. What is not known of it is left out. */
export type RowList = unknown[]

/** A row whose types nobody knows. */
export type AnyRow = Record<string, unknown>
