import { ConfigurationError } from '../errors/usage-error.js'
import type { AnyColumn } from './column.js'
import type { ReferenceOptions } from './column-definition.js'
import { refuseUnknownKeys } from './refuse-unknown-keys.js'
import type { TableExtra } from './table-extra.js'

/** The keys of {@link ReferenceOptions}. */
export const REFERENCE_OPTIONS: readonly (keyof ReferenceOptions)[] = [
  'name',
  'onDelete',
  'onDeleteColumns',
  'onUpdate',
  'match',
  'deferrable',
  'notValid',
  'enforced',
  'period',
  'comment',
]

/** A foreign key that was declared beside the columns: what types see of both its ends. */
export interface ForeignKey<
  out L extends readonly AnyColumn[] = readonly AnyColumn[],
  out R = unknown,
> extends TableExtra {
  /** Phantom: the columns on this side. */
  readonly $columns: L
  /** Phantom: the function that gives the referenced columns. */
  readonly $ref: R
}

/**
 * Declares a foreign key over several columns, in the third parameter of `table()`. Performs no I/O.
 *
 * @param columns - Columns of this table.
 * @param target - An arrow that gives as many columns of the other table, in the same order. Called when the metadata
 * is made, so tables may refer to each other in a circle. With `as const`, {@link CheckReferences} compares the columns
 * pair by pair; without, TypeScript forgets their order and number.
 * @param options - Actions, deferral, name.
 * @returns The foreign key.
 * @throws {@link ConfigurationError} if there is no column or an option is unknown.
 * @example
 * ```ts
 * import { bigint, foreignKey, primaryKey, table } from 'async-database'
 *
 * export const orders = table('orders', { shop: bigint().notNull(), no: bigint().notNull() }, (t) => [
 *   primaryKey(t.shop, t.no),
 * ])
 * export const lines = table('lines', { shop: bigint(), orderNo: bigint() }, (t) => [
 *   foreignKey([t.shop, t.orderNo], () => [orders.shop, orders.no] as const, { onDelete: 'cascade' }),
 * ])
 * ```
 */
// eslint-disable-next-line @typescript-eslint/no-unsafe-function-type -- a call signature would bring back TS7022 on cycles; see ColumnBuilder.references.
export function foreignKey<const L extends readonly AnyColumn[], R extends Function>(
  columns: L,
  target: R,
  options: ReferenceOptions = {},
): ForeignKey<L, R> {
  refuseUnknownKeys(options, REFERENCE_OPTIONS, 'A foreign key')
  if (columns.length === 0) {
    throw new ConfigurationError({ message: 'A foreign key has no column; expected one or more.' })
  }
  const def = { kind: 'foreignKey', columns: columns.map((column) => column.def), target, options } as const
  return Object.freeze({ def: Object.freeze(def) }) as unknown as ForeignKey<L, R>
}
