import type { AnyColumn } from './column.js'
import type { ForeignKey } from './foreign-key.js'
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

type Reading = { readonly $read: unknown }

/** What is wrong with the foreign keys among what stands beside the columns, or never. */
type KeyFlaw<X> =
  X extends ForeignKey<infer L, infer R>
    ? R extends () => infer G
      ? G extends readonly Reading[]
        ? number extends G['length']
          ? KindFlaw<L[number], G[number]>
          : PairFlaw<L, G>
        : G extends Reading
          ? PairFlaw<L, readonly [G]>
          : 'the reference does not give columns'
      : 'the reference does not give columns'
    : never

type PairFlaw<L extends readonly Reading[], G extends readonly Reading[]> = L['length'] extends G['length']
  ? Reads<L> extends Reads<G>
    ? Reads<G> extends Reads<L>
      ? never
      : 'a referenced column is of another type'
    : 'a referenced column is of another type'
  : 'there are not as many referenced columns'

type Reads<L extends readonly Reading[]> = { readonly [K in keyof L]: L[K]['$read'] }

/** Without `as const` the referenced columns have no order: only that each type occurs on both sides can be told. */
type KindFlaw<L extends Reading, G extends Reading> = [L['$read'], G['$read']] extends [
  G['$read'],
  L['$read'],
]
  ? never
  : 'a referenced column is of another type'

type Flaws<D extends AnyTable['$']> = FlawedColumns<D['columns']> &
  (D extends { readonly $extra: readonly (infer X)[] }
    ? [KeyFlaw<X>] extends [never]
      ? unknown
      : { readonly 'foreignKey()': KeyFlaw<X> }
    : unknown)

/** One object instead of an intersection, for readers of errors. */
type Flat<T> = { [K in keyof T]: T[K] }

/**
 * Proves that every `references()` and `foreignKey()` of the tables gives columns of the same types: `{}` when all do,
 * else an object that names each table and column that does not. Foreign keys over several columns stand under
 * `foreignKey()`; end their arrows in `as const`, else only the types are compared and not their order.
 *
 * A separate type, because looking at the other end while a table is being inferred would make cycles an error.
 *
 * @example
 * ```ts
 * import { bigint, foreignKey, primaryKey, table, text, type CheckReferences } from 'async-database'
 *
 * const orders = table('orders', { shop: text(), no: bigint() }, (t) => [primaryKey(t.shop, t.no)])
 * const lines = table('lines', { shop: text(), orderNo: bigint() }, (t) => [
 *   foreignKey([t.shop, t.orderNo], () => [orders.shop, orders.no] as const),
 * ])
 * const tables = { orders, lines }
 * export const allFit: CheckReferences<typeof tables> = {}
 * ```
 */
export type CheckReferences<T extends Readonly<Record<string, AnyTable>>> = {
  [K in keyof T as keyof Flaws<T[K]['$']> extends never ? never : K]: Flat<Flaws<T[K]['$']>>
}
