import { ConfigurationError } from '../errors/usage-error.js'
import type { AnyColumn } from './column.js'
import { nameReference, type NameReference } from './name-reference.js'
import { refuseUnknownKeys } from './refuse-unknown-keys.js'
import { isSqlExpression, sqlText, type SqlExpression } from './sql-expression.js'
import type { IndexKeyDefinition, StorageParameters } from './table-extra.js'

/** One key of an index with its order. */
export interface IndexKeyOptions {
  /** A column, or an expression as a `sql` template. */
  readonly on: AnyColumn | SqlExpression
  /** Direction. @defaultValue 'asc' */
  readonly order?: 'asc' | 'desc' | undefined
  /** Where NULLs come. @defaultValue 'last' when ascending, 'first' when descending */
  readonly nulls?: 'first' | 'last' | undefined
  /** A collation other than the column's. */
  readonly collate?: string | NameReference | undefined
  /** An operator class other than the type's default, such as `text_pattern_ops`. */
  readonly operatorClass?: string | NameReference | undefined
  /** Parameters of the operator class, such as `{ siglen: 32 }`. */
  readonly operatorClassParameters?: StorageParameters | undefined
}

/** What an index is over: a column, an expression as a `sql` template, or either with its order. */
export type IndexKey = AnyColumn | IndexKeyOptions | SqlExpression

const KNOWN = ['on', 'order', 'nulls', 'collate', 'operatorClass', 'operatorClassParameters']

/**
 * Reads one key of an index. Pure.
 *
 * @param key - As it was given.
 * @param where - What it belongs to, for the message.
 * @returns Its definition.
 * @throws {@link ConfigurationError} if it is neither a column, a `sql` template nor options with `on`.
 * @internal
 */
export function indexKey(key: IndexKey, where: string): IndexKeyDefinition {
  const { on, ...options }: IndexKeyOptions = isOptions(key) ? key : { on: key }
  refuseUnknownKeys(options, KNOWN, where)
  const isExpression = isSqlExpression(on)
  if (!isExpression && !isColumn(on)) {
    throw new ConfigurationError({
      message: `${where} got a ${typeof on} as a key; expected a column of the table or a sql template.`,
      hint: 'Expressions are written as sql`lower(email)`.',
    })
  }
  return {
    column: isExpression ? undefined : on.def,
    expression: isExpression ? sqlText(on) : undefined,
    order: options.order,
    nulls: options.nulls,
    collation: options.collate === undefined ? undefined : nameReference(options.collate),
    operatorClass: options.operatorClass === undefined ? undefined : nameReference(options.operatorClass),
    operatorClassParameters: options.operatorClassParameters,
  }
}

/**
 * Splits an optional leading name from what follows it. Pure.
 *
 * @param given - The parameters of `index()` and its kin.
 * @returns The name, or undefined, and the rest.
 * @internal
 */
export function leadingName<T>(given: readonly (T | string)[]): {
  name: string | undefined
  rest: readonly T[]
} {
  const [first, ...others] = given
  if (typeof first === 'string') return { name: first, rest: others as T[] }
  return { name: undefined, rest: given as readonly T[] }
}

function isOptions(key: unknown): key is IndexKeyOptions {
  return typeof key === 'object' && key !== null && 'on' in key
}

function isColumn(value: unknown): value is AnyColumn {
  return typeof value === 'object' && value !== null && 'def' in value
}
