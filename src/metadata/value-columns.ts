import { columnOf, type ColumnBuilder } from './column-builder.js'

/** True or false (`boolean`). */
export function boolean(): ColumnBuilder<boolean, boolean, 'null'> {
  return columnOf({ name: 'boolean', declared: undefined, dimensions: 0, readAs: 'boolean' })
}

/** Bytes (`bytea`), read as a Buffer. */
export function bytea(): ColumnBuilder<Buffer, Uint8Array, 'null'> {
  return columnOf({ name: 'bytea', declared: undefined, dimensions: 0, readAs: 'bytes' })
}

/** A JSON document kept as the text it was written as (`json`). `T` is what it holds; nothing checks it. */
export function json<T = unknown>(): ColumnBuilder<T, T, 'null'> {
  return columnOf({ name: 'json', declared: undefined, dimensions: 0, readAs: 'json' })
}

/** A JSON document kept in parsed form (`jsonb`). `T` is what it holds; nothing checks it. */
export function jsonb<T = unknown>(): ColumnBuilder<T, T, 'null'> {
  return columnOf({ name: 'jsonb', declared: undefined, dimensions: 0, readAs: 'json' })
}

/**
 * A column of a type that has no builder of its own: of an extension, composite, range or any other.
 *
 * @param name - The type as it is written in SQL, parameters included. It is not quoted.
 * @returns The column; `T` is what the driver gives for the type, text unless a parser is registered.
 * @example
 * ```ts
 * import { table, type } from 'async-database'
 *
 * export const places = table('places', { at: type<string>('geometry(Point,4326)').notNull() })
 * ```
 */
export function type<T = string>(name: string): ColumnBuilder<T, T, 'null'> {
  return columnOf({ name, declared: undefined, dimensions: 0, readAs: 'driver' })
}
