import { quoteIdentifier } from '../foundation/quote-identifier.js'
import { statement, type Statement } from '../postgres/statement.js'
import { bulkValues } from './bulk-values.js'
import type { ColumnMapping } from './column-mapping.js'
import { indexes, ORDINAL } from './insert-text.js'
import type { RowList } from './row.js'
import type { TableMapping } from './table-mapping.js'

/**
 * The statement that deletes rows by their keys. Rows that have a version must be of it, and come back by ordinal.
 *
 * @internal
 */
export function deleteByKeys(mapping: TableMapping, rows: readonly Readonly<RowList>[]): Statement {
  const { version, primaryKey } = mapping
  const text = remembered(mapping, 'delete', () => {
    if (version === undefined) {
      const { source, matches } = keySource(primaryKey)
      return `delete from ${mapping.name} as t using ${source} where ${matches}`
    }
    const { source, matches } = keySource([...primaryKey, version], true)
    return `delete from ${mapping.name} as t using ${source} where ${matches} returning ${ordinal()}`
  })
  const columns = version === undefined ? primaryKey : [...primaryKey, version]
  return statement(text, valuesOf(mapping, columns, rows))
}

/** The statement that deletes rows by any columns. @internal */
export function deleteByColumns(
  mapping: TableMapping,
  columns: readonly ColumnMapping[],
  rows: readonly Readonly<RowList>[],
): Statement {
  const text = remembered(mapping, `delete by ${indexes(columns)}`, () => {
    const { source, matches } = keySource(columns)
    return `delete from ${mapping.name} as t using ${source} where ${matches}`
  })
  return statement(text, valuesOf(mapping, columns, rows))
}

/** The statement that reads rows by their keys, all columns of each as a list. @internal */
export function selectByKeys(mapping: TableMapping, rows: readonly Readonly<RowList>[]): Statement {
  const text = remembered(mapping, 'select', () => {
    const { source, matches } = keySource(mapping.primaryKey)
    return `select ${mapping.selectList('t')} from ${source} join ${mapping.name} as t on ${matches}`
  })
  return { ...statement(text, keyValues(mapping, rows)), asLists: true }
}

/** The statement that reads rows by any columns, each row once for each match. @internal */
export function selectByColumns(
  mapping: TableMapping,
  columns: readonly ColumnMapping[],
  values: readonly (readonly unknown[])[],
): Statement {
  const text = remembered(mapping, `select by ${indexes(columns)}`, () => {
    const { source, matches } = keySource(columns)
    return `select ${mapping.selectList('t')} from ${source} join ${mapping.name} as t on ${matches}`
  })
  const arrays = columns.map((column, index) => bulkValues(mapping, column, values, (row) => row[index]))
  return { ...statement(text, arrays), asLists: true }
}

/** The statement that says, by ordinal, which rows are no longer there. @internal */
export function selectMissing(mapping: TableMapping, rows: readonly Readonly<RowList>[]): Statement {
  const text = remembered(mapping, 'missing', () => {
    const { source, matches } = keySource(mapping.primaryKey, true)
    return `select ${ordinal()} from ${source} where not exists (select from ${mapping.name} as t where ${matches})`
  })
  return statement(text, keyValues(mapping, rows))
}

/** The statement that says, by ordinal, which rows are still there. @internal */
export function selectPresent(mapping: TableMapping, rows: readonly Readonly<RowList>[]): Statement {
  const text = remembered(mapping, 'present', () => {
    const { source, matches } = keySource(mapping.primaryKey, true)
    return `select ${ordinal()} from ${source} join ${mapping.name} as t on ${matches}`
  })
  return statement(text, keyValues(mapping, rows))
}

/** The statement that evaluates the default of a column many times, such as numbers from its sequence. @internal */
export function selectDefaults(mapping: TableMapping, column: ColumnMapping, count: number): Statement {
  const text = `select ${column.defaultSql ?? 'null'} as ${quoteIdentifier(column.key)} from generate_series(1, $1::integer)`
  return statement(
    remembered(mapping, `defaults ${column.index}`, () => text),
    [count],
  )
}

function ordinal(): string {
  return `u.o::integer as ${quoteIdentifier(ORDINAL)}`
}

function keyValues(mapping: TableMapping, rows: readonly Readonly<RowList>[]): (Buffer | string)[] {
  return valuesOf(mapping, mapping.primaryKey, rows)
}

function valuesOf(
  mapping: TableMapping,
  columns: readonly ColumnMapping[],
  rows: readonly Readonly<RowList>[],
): (Buffer | string)[] {
  return columns.map((column) => bulkValues(mapping, column, rows, (row) => row[column.index]))
}

function keySource(
  columns: readonly ColumnMapping[],
  withOrdinal = false,
): { readonly source: string; readonly matches: string } {
  const arrays = columns.map((column, index) => `$${index + 1}::${column.codec.parameterType}`).join(', ')
  const names = columns.map((_, index) => `c${index}`).join(', ')
  const matches = columns.map(
    (column, index) => `t.${column.name} = ${column.codec.fromElement(`u.c${index}`)}`,
  )
  const source = withOrdinal
    ? `unnest(${arrays}) with ordinality as u(${names}, o)`
    : `unnest(${arrays}) as u(${names})`
  return { source, matches: matches.join(' and ') }
}

function remembered(mapping: TableMapping, key: string, write: () => string): string {
  let text = mapping.texts.get(key)
  if (text === undefined) mapping.texts.set(key, (text = write()))
  return text
}
