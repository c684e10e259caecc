import { changed, columnOf, type ColumnBuilder } from './column-builder.js'
import type { AnyColumn } from './column.js'
import type { SequenceOptions } from './column-definition.js'
import type { ReadAs } from './data-type.js'
import { refuseUnknownKeys } from './refuse-unknown-keys.js'
import { SEQUENCE_OPTIONS } from './sequence.js'
import { typeParameter } from './type-parameter.js'

function numberColumn<T, W>(name: string, readAs: ReadAs): ColumnBuilder<T, W, 'null'> {
  return columnOf<T, W>({ name, declared: undefined, dimensions: 0, readAs })
}

/** A whole number of 2 bytes (`smallint`). */
export function smallint(): ColumnBuilder<number, number, 'null'> {
  return numberColumn('smallint', 'number')
}

/** A whole number of 4 bytes (`integer`). */
export function integer(): ColumnBuilder<number, number, 'null'> {
  return numberColumn('integer', 'number')
}

/** A whole number of 8 bytes (`bigint`), a JavaScript `bigint` when read; a number may be written. */
export function bigint(): ColumnBuilder<bigint, bigint | number, 'null'> {
  return numberColumn('bigint', 'bigint')
}

/** A whole number of 8 bytes (`bigint`) read as a number: exact only up to 2⁵³ − 1. */
export function bigintNumber(): ColumnBuilder<number, bigint | number, 'null'> {
  return numberColumn('bigint', 'number')
}

/** A whole number of 8 bytes (`bigint`) read as text. */
export function bigintString(): ColumnBuilder<string, bigint | number | string, 'null'> {
  return numberColumn('bigint', 'string')
}

/**
 * An exact decimal number (`numeric`), read as text because JavaScript has no such number.
 *
 * @param precision - Digits in all (1 … 1,000). Without it any number of digits is kept as it is.
 * @param scale - Digits after the point (-1,000 … 1,000). 0 when only the precision is given.
 * @returns The column.
 * @throws {@link ConfigurationError} if a parameter is out of range.
 */
export function numeric(
  precision?: number,
  scale = 0,
): ColumnBuilder<string, bigint | number | string, 'null'> {
  if (precision === undefined) return numberColumn('numeric', 'string')
  const digits = typeParameter('numeric', 'The precision', precision, [1, 1_000])
  const fraction = typeParameter('numeric', 'The scale', scale, [-1_000, 1_000])
  return numberColumn(`numeric(${String(digits)},${String(fraction)})`, 'string')
}

/** A floating-point number of 4 bytes (`real`). */
export function real(): ColumnBuilder<number, number, 'null'> {
  return numberColumn('real', 'number')
}

/** A floating-point number of 8 bytes (`double precision`): what a JavaScript number is. */
export function doublePrecision(): ColumnBuilder<number, number, 'null'> {
  return numberColumn('double precision', 'number')
}

/** An amount in the server's `lc_monetary` (`money`), read as text such as `$1,000.00`. */
export function money(): ColumnBuilder<string, number | string, 'null'> {
  return numberColumn('money', 'string')
}

/** An object identifier (`oid`). */
export function oid(): ColumnBuilder<number, number, 'null'> {
  return numberColumn('oid', 'number')
}

function serialColumn<T, W>(column: AnyColumn, sequence: SequenceOptions): ColumnBuilder<T, W, 'default'> {
  refuseUnknownKeys(sequence, SEQUENCE_OPTIONS, 'A serial')
  return changed(column, { serial: sequence, notNull: true })
}

/** An `integer` numbered by a sequence it owns (`serial`). For new tables `integer().identity()` is the better choice. */
export function serial(sequence: SequenceOptions = {}): ColumnBuilder<number, number, 'default'> {
  return serialColumn(integer(), sequence)
}

/** A `smallint` numbered by a sequence it owns (`smallserial`). */
export function smallserial(sequence: SequenceOptions = {}): ColumnBuilder<number, number, 'default'> {
  return serialColumn(smallint(), sequence)
}

/** A `bigint` numbered by a sequence it owns (`bigserial`). */
export function bigserial(sequence: SequenceOptions = {}): ColumnBuilder<bigint, bigint | number, 'default'> {
  return serialColumn(bigint(), sequence)
}
