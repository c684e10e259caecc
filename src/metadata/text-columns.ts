import { columnOf, type ColumnBuilder } from './column-builder.js'
import { withLength } from './type-parameter.js'

function textColumn(name: string): ColumnBuilder<string, string, 'null'> {
  return columnOf<string>({ name, declared: undefined, dimensions: 0, readAs: 'string' })
}

/** Text of any length (`text`). */
export function text(): ColumnBuilder<string, string, 'null'> {
  return textColumn('text')
}

/** Text of at most `length` characters (1 … 10,485,760; any without it), `character varying`. */
export function varchar(length?: number): ColumnBuilder<string, string, 'null'> {
  return textColumn(withLength('character varying', length))
}

/** Text filled with blanks to `length` characters (`character`). Rarely what anybody wants. */
export function char(length = 1): ColumnBuilder<string, string, 'null'> {
  return textColumn(withLength('character', length))
}

/** Text that compares without regard to case; needs the extension `citext`. */
export function citext(): ColumnBuilder<string, string, 'null'> {
  return textColumn('citext')
}

/** A PostgreSQL identifier of at most 63 bytes (`name`). */
export function name(): ColumnBuilder<string, string, 'null'> {
  return textColumn('name')
}

/** A universally unique identifier (`uuid`). */
export function uuid(): ColumnBuilder<string, string, 'null'> {
  return textColumn('uuid')
}

/** An XML document or fragment (`xml`). */
export function xml(): ColumnBuilder<string, string, 'null'> {
  return textColumn('xml')
}

/** A string of exactly `length` bits (`bit`). */
export function bit(length = 1): ColumnBuilder<string, string, 'null'> {
  return textColumn(withLength('bit', length, [1, 83_886_080]))
}

/** A string of at most `length` bits (`bit varying`). */
export function varbit(length?: number): ColumnBuilder<string, string, 'null'> {
  return textColumn(withLength('bit varying', length, [1, 83_886_080]))
}

/** An IPv4 or IPv6 host, with an optional netmask (`inet`). */
export function inet(): ColumnBuilder<string, string, 'null'> {
  return textColumn('inet')
}

/** An IPv4 or IPv6 network (`cidr`). */
export function cidr(): ColumnBuilder<string, string, 'null'> {
  return textColumn('cidr')
}

/** A MAC address of 6 bytes (`macaddr`). */
export function macaddr(): ColumnBuilder<string, string, 'null'> {
  return textColumn('macaddr')
}

/** A MAC address of 8 bytes (`macaddr8`). */
export function macaddr8(): ColumnBuilder<string, string, 'null'> {
  return textColumn('macaddr8')
}

/** A document prepared for text search (`tsvector`). */
export function tsvector(): ColumnBuilder<string, string, 'null'> {
  return textColumn('tsvector')
}

/** A text search condition (`tsquery`). */
export function tsquery(): ColumnBuilder<string, string, 'null'> {
  return textColumn('tsquery')
}
