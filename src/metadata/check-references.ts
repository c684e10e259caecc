import type { AnyColumn } from './column.js'
import type { AnyTable } from './table.js'

/** What is wrong with one reference, or never. Few columns reference anything, so that is asked first. */
type Flaw<C extends { readonly $ref: unknown }> = unknown extends C['$ref']
  ? never
  : C extends { readonly $read: infer T; readonly $ref: () => { readonly $read: infer X } }
    ? [T, X] extends [X, T]
      ? never
      : 'the referenced column is of another type'
    : 'the reference does not give a column'

type FlawedColumns<C extends Readonly<Record<string, AnyColumn>>> = {
  [K in keyof C as Flaw<C[K]> extends never ? never : K]: Flaw<C[K]>
}

/**
 * Proves that every `references()` of the tables gives a column of the same type: `{}` when all do, else an object that
 * names each table and column that does not.
 *
 * A separate type, because looking at the other end while a table is being inferred would make cycles an error.
 *
 * @example
 * ```ts
 * import { bigint, table, type CheckReferences } from 'async-database'
 *
 * const users = table('users', { id: bigint().identity().primaryKey() })
 * const songs = table('songs', { ownerId: bigint().references(() => users.id) })
 * const tables = { users, songs }
 * export const allFit: CheckReferences<typeof tables> = {}
 * ```
 */
export type CheckReferences<T extends Readonly<Record<string, AnyTable>>> = {
  [K in keyof T as keyof FlawedColumns<T[K]['$']['columns']> extends never ? never : K]: FlawedColumns<
    T[K]['$']['columns']
  >
}
