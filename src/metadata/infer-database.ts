import type { ColumnType } from 'kysely'
import type { AnyTable } from './table.js'

type Read<T, F> = 'null' extends F ? T | null : T

/** Kysely's type of one column. */
export type ToKysely<C> = C extends {
  readonly $read: infer T
  readonly $write: infer W
  readonly $flags: infer F
}
  ? [F] extends ['null']
    ? [T, W] extends [W, T]
      ? Read<T, F>
      : ColumnType<Read<T, F>, Read<W, F>, Read<W, F>>
    : 'always' extends F
      ? ColumnType<Read<T, F>, never, never>
      : ColumnType<Read<T, F>, Read<W, F> | undefined, Read<W, F>>
  : never

/** Kysely's type of one table's columns. Homomorphic on purpose: it costs nothing until a column is asked for. */
export type InferColumns<C> = { [K in keyof C]: ToKysely<C[K]> }

declare const MODEL: unique symbol

/** Phantom: what a database type was inferred from, for those who load rows with their relations. */
export interface DatabaseModel<out T, out R> {
  /** Holds nothing at run time. */
  readonly [MODEL]?: { readonly tables: T; readonly relations: R }
}

/** The tables that a database type was inferred from; none where it was written by hand. */
export type TablesOf<DB> = DB extends { readonly [MODEL]?: { readonly tables: infer T } } ? T : object

/** The relations that a database type was inferred with; none where it was written by hand. */
export type DeclaredRelationsOf<DB> = DB extends { readonly [MODEL]?: { readonly relations: infer R } }
  ? R
  : object

/**
 * The database type that Kysely works with, inferred from the tables, each under its key.
 *
 * Nullable, defaulted and identity columns are optional on insert; generated ones are absent. With the relations as a
 * second parameter, queries for objects know what can be loaded together. Declare an interface that
 * extends it: hovers then show its name instead of a page of types, and the compiler works less.
 *
 * @example
 * ```ts
 * import { bigint, table, text, type InferDatabase } from 'async-database'
 * import type { Insertable } from 'kysely'
 *
 * export const users = table('users', { id: bigint().identity().primaryKey(), email: text().notNull() })
 * export const tables = { users }
 * export interface DB extends InferDatabase<typeof tables> {}
 * export const user: Insertable<DB['users']> = { email: 'ada@example.org' }
 * ```
 */
export type InferDatabase<T extends Readonly<Record<string, AnyTable>>, R = unknown> = {
  [K in keyof T]: InferColumns<T[K]['$']['columns']>
} & DatabaseModel<T, R>
