import { quoteIdentifier } from '../foundation/quote-identifier.js'
import { statement, type Statement } from '../postgres/statement.js'
import { bulkValues } from './bulk-values.js'
import type { ColumnMapping } from './column-mapping.js'
import { ORDINAL } from './insert-text.js'
import type { AnyRow } from './row.js'
import type { TableMapping } from './table-mapping.js'

/** The statement that deletes rows by their keys. @internal */
export function deleteByKeys(mapping: TableMapping, rows: readonly AnyRow[]): Statement {
  const text = remembered(mapping, 'delete', () => {
    const { source, matches } = keySource(mapping)
    return `delete from ${mapping.name} as t using ${source} where ${matches}`
  })
  return statement(text, keyValues(mapping, rows))
}

/** The statement that reads rows by their keys, all columns of each as a list. @internal */
export function selectByKeys(mapping: TableMapping, rows: readonly AnyRow[]): Statement {
  const text = remembered(mapping, 'select', () => {
    const { source, matches } = keySource(mapping)
    return `select ${mapping.selectList('t')} from ${source} join ${mapping.name} as t on ${matches}`
  })
  return { ...statement(text, keyValues(mapping, rows)), asLists: true }
}

/** The statement that says, by ordinal, which rows are no longer there. @internal */
export function selectMissing(mapping: TableMapping, rows: readonly AnyRow[]): Statement {
  const text = remembered(mapping, 'missing', () => {
    const { source, matches } = keySource(mapping, true)
    return `select u.o::integer as ${quoteIdentifier(ORDINAL)} from ${source} where not exists (select from ${mapping.name} as t where ${matches})`
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

function keyValues(mapping: TableMapping, rows: readonly AnyRow[]): string[] {
  return mapping.primaryKey.map((column) => bulkValues(mapping, column, rows, (row) => row[column.key]))
}

function keySource(
  { primaryKey }: TableMapping,
  withOrdinal = false,
): { readonly source: string; readonly matches: string } {
  const arrays = primaryKey.map((column, index) => `$${index + 1}::${column.codec.parameterType}`).join(', ')
  const names = primaryKey.map((_, index) => `c${index}`).join(', ')
  const matches = primaryKey.map(
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
