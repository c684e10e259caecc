import { columnOf, type ColumnBuilder } from './column-builder.js'

/** Ranges travel as text such as `[1,10)`; the driver has no object for them. */
function rangeColumn(name: string): ColumnBuilder<string, string, 'null'> {
  return columnOf<string>({ name, declared: undefined, dimensions: 0, readAs: 'string' })
}

/** A range of `integer`. */
export function int4range(): ColumnBuilder<string, string, 'null'> {
  return rangeColumn('int4range')
}

/** A range of `bigint`. */
export function int8range(): ColumnBuilder<string, string, 'null'> {
  return rangeColumn('int8range')
}

/** A range of `numeric`. */
export function numrange(): ColumnBuilder<string, string, 'null'> {
  return rangeColumn('numrange')
}

/** A range of `timestamp without time zone`. */
export function tsrange(): ColumnBuilder<string, string, 'null'> {
  return rangeColumn('tsrange')
}

/** A range of moments, `timestamp with time zone`. */
export function tstzrange(): ColumnBuilder<string, string, 'null'> {
  return rangeColumn('tstzrange')
}

/** A range of days. */
export function daterange(): ColumnBuilder<string, string, 'null'> {
  return rangeColumn('daterange')
}

/** Several ranges of `integer`. */
export function int4multirange(): ColumnBuilder<string, string, 'null'> {
  return rangeColumn('int4multirange')
}

/** Several ranges of `bigint`. */
export function int8multirange(): ColumnBuilder<string, string, 'null'> {
  return rangeColumn('int8multirange')
}

/** Several ranges of `numeric`. */
export function nummultirange(): ColumnBuilder<string, string, 'null'> {
  return rangeColumn('nummultirange')
}

/** Several ranges of `timestamp without time zone`. */
export function tsmultirange(): ColumnBuilder<string, string, 'null'> {
  return rangeColumn('tsmultirange')
}

/** Several ranges of moments, `timestamp with time zone`. */
export function tstzmultirange(): ColumnBuilder<string, string, 'null'> {
  return rangeColumn('tstzmultirange')
}

/** Several ranges of days. */
export function datemultirange(): ColumnBuilder<string, string, 'null'> {
  return rangeColumn('datemultirange')
}
