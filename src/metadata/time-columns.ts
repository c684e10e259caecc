import { columnOf, type ColumnBuilder } from './column-builder.js'
import type { ReadAs } from './data-type.js'
import { typeParameter } from './type-parameter.js'

/** The fields an interval may be restricted to. */
export type IntervalFields =
  | 'day to hour'
  | 'day to minute'
  | 'day to second'
  | 'day'
  | 'hour to minute'
  | 'hour to second'
  | 'hour'
  | 'minute to second'
  | 'minute'
  | 'month'
  | 'second'
  | 'year to month'
  | 'year'

function timeColumn<T, W>(name: string, readAs: ReadAs): ColumnBuilder<T, W, 'null'> {
  return columnOf<T, W>({ name, declared: undefined, dimensions: 0, readAs })
}

function withPrecision(head: string, precision: number | undefined, tail: string): string {
  if (precision === undefined) return head + tail
  return `${head}(${String(typeParameter(head, 'The precision', precision, [0, 6]))})${tail}`
}

/** A calendar day (`date`), read as text such as `2026-11-20`: a JavaScript Date would be another day in another zone. */
export function date(): ColumnBuilder<string, string, 'null'> {
  return timeColumn('date', 'string')
}

/** A time of day (`time`), read as text; `precision` is the number of digits after the second (0 … 6). */
export function time(precision?: number): ColumnBuilder<string, string, 'null'> {
  return timeColumn(withPrecision('time', precision, ' without time zone'), 'string')
}

/** A time of day with its offset (`time with time zone`), read as text. */
export function timetz(precision?: number): ColumnBuilder<string, string, 'null'> {
  return timeColumn(withPrecision('time', precision, ' with time zone'), 'string')
}

/**
 * A date and a time of day, nowhere in particular (`timestamp without time zone`).
 *
 * Read and written as a Date in the time zone of the Node process. A moment belongs in `timestamptz`.
 *
 * @param precision - Digits after the second (0 … 6).
 * @returns The column.
 * @throws {@link ConfigurationError} if the precision is out of range.
 */
export function timestamp(precision?: number): ColumnBuilder<Date, Date | string, 'null'> {
  return timeColumn(withPrecision('timestamp', precision, ' without time zone'), 'date')
}

/** A moment (`timestamp with time zone`), read as a Date; `precision` is the number of digits after the second (0 … 6). */
export function timestamptz(precision?: number): ColumnBuilder<Date, Date | string, 'null'> {
  return timeColumn(withPrecision('timestamp', precision, ' with time zone'), 'date')
}

/**
 * A span of time (`interval`), read as text in the server's `IntervalStyle`.
 *
 * @param fields - Which fields are kept.
 * @param precision - Digits after the second (0 … 6); only where seconds are kept.
 * @returns The column.
 * @throws {@link ConfigurationError} if the precision is out of range.
 */
export function interval(fields?: IntervalFields, precision?: number): ColumnBuilder<string, string, 'null'> {
  const head = fields === undefined ? 'interval' : `interval ${fields}`
  return timeColumn(withPrecision(head, precision, ''), 'string')
}
