import { columnOf, type ColumnBuilder } from './column-builder.js'

function systemColumn(name: string): ColumnBuilder<string, string, 'null'> {
  return columnOf<string>({ name, declared: undefined, dimensions: 0, readAs: 'string' })
}

/** A single byte shown as a character (`"char"`), which the system catalogs use. */
export function internalChar(): ColumnBuilder<string, string, 'null'> {
  return systemColumn('"char"')
}

/** A path into a JSON document (`jsonpath`). */
export function jsonpath(): ColumnBuilder<string, string, 'null'> {
  return systemColumn('jsonpath')
}

/** A place in the write-ahead log (`pg_lsn`). */
export function pgLsn(): ColumnBuilder<string, string, 'null'> {
  return systemColumn('pg_lsn')
}

/** What a transaction sees (`pg_snapshot`). */
export function pgSnapshot(): ColumnBuilder<string, string, 'null'> {
  return systemColumn('pg_snapshot')
}

/** A transaction's number (`xid8`). */
export function xid8(): ColumnBuilder<string, string, 'null'> {
  return systemColumn('xid8')
}

/** A table, view, index or sequence by its identifier, shown as its name (`regclass`). */
export function regclass(): ColumnBuilder<string, string, 'null'> {
  return systemColumn('regclass')
}

/** A type by its identifier, shown as its name (`regtype`). */
export function regtype(): ColumnBuilder<string, string, 'null'> {
  return systemColumn('regtype')
}

/** A function by its identifier, shown with its arguments (`regprocedure`). */
export function regprocedure(): ColumnBuilder<string, string, 'null'> {
  return systemColumn('regprocedure')
}
