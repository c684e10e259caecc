import { quoteIdentifier } from '../foundation/quote-identifier.js'
import type { IndexDescription, IndexKeyDescription, ObjectName } from '../metadata/description.js'
import { parameterList, qualified, quotedList, referenced, storageSql } from './name-sql.js'

/**
 * Writes one key of an index, exclusion constraint or partition key. Pure.
 *
 * @param key - The key.
 * @returns A column, or an expression in parentheses, with collation, operator class and order where they are not
 * PostgreSQL's default.
 * @internal
 */
export function indexKeySql(key: IndexKeyDescription): string {
  const parameters = key.operatorClassParameters
  const parts = [
    key.column === undefined ? `(${key.expression ?? ''})` : quoteIdentifier(key.column),
    key.collation === undefined ? '' : `COLLATE ${referenced(key.collation)}`,
    key.operatorClass === undefined ? '' : referenced(key.operatorClass),
    parameters === undefined ? '' : `(${parameterList(parameters)})`,
    key.order === 'desc' ? 'DESC' : '',
    key.nulls === (key.order === 'desc' ? 'first' : 'last') ? '' : `NULLS ${key.nulls.toUpperCase()}`,
  ]
  return parts.filter((part) => part !== '').join(' ')
}

/**
 * Writes CREATE INDEX. Pure.
 *
 * @param index - The index.
 * @param table - Its table or materialized view.
 * @returns The statement.
 * @internal
 */
export function createIndexSql(index: IndexDescription, table: ObjectName): string {
  const unique = index.unique ? 'UNIQUE ' : ''
  const method = index.method === 'btree' ? '' : ` USING ${quoteIdentifier(index.method)}`
  const keys = index.keys.map(indexKeySql).join(', ')
  const include = index.include.length === 0 ? '' : ` INCLUDE (${quotedList(index.include)})`
  const nulls = index.nullsNotDistinct ? ' NULLS NOT DISTINCT' : ''
  const tablespace = index.tablespace === undefined ? '' : ` TABLESPACE ${quoteIdentifier(index.tablespace)}`
  const where = index.where === undefined ? '' : ` WHERE ${index.where}`
  const head = `CREATE ${unique}INDEX ${quoteIdentifier(index.name)} ON ${qualified(table)}${method} (${keys})`
  return `${head}${include}${nulls}${storageSql(index.with)}${tablespace}${where}`
}
