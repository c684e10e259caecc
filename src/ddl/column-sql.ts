import { quoteIdentifier } from '../foundation/quote-identifier.js'
import { defaultObjectName } from '../metadata/default-object-name.js'
import type { ColumnDescription, ObjectName } from '../metadata/description.js'
import { sqlLiteral } from '../metadata/sql-literal.js'
import { dataTypeSql, qualified, referenced } from './name-sql.js'
import { sequenceSettingsSql } from './sequence-sql.js'

/**
 * Writes a column as CREATE TABLE and ADD COLUMN take it. Pure.
 *
 * @param column - The column.
 * @param table - The table's name, from which PostgreSQL derives the name of an identity's sequence.
 * @returns The column's definition.
 * @internal
 */
export function columnSql(column: ColumnDescription, table: string): string {
  const parts = [
    quoteIdentifier(column.name),
    dataTypeSql(column.type),
    column.compression === undefined ? '' : `COMPRESSION ${quoteIdentifier(column.compression)}`,
    column.collation === undefined ? '' : `COLLATE ${referenced(column.collation)}`,
    column.notNullName === undefined ? '' : `CONSTRAINT ${quoteIdentifier(column.notNullName)}`,
    column.notNull || column.serial !== undefined ? 'NOT NULL' : '',
    valueSql(column, table),
  ]
  return parts.filter((part) => part !== '').join(' ')
}

/** Where the column's values come from when none is written. */
function valueSql(column: ColumnDescription, table: string): string {
  const { identity, serial, generated } = column
  if (generated !== undefined)
    return `GENERATED ALWAYS AS (${generated.expression}) ${generated.kind.toUpperCase()}`
  if (serial !== undefined) return `DEFAULT nextval(${sequenceLiteral(serial)})`
  if (identity === undefined) return column.default === undefined ? '' : `DEFAULT ${column.default}`
  const isDefaultName = identity.sequence.name === defaultObjectName(table, column.name, 'seq')
  const name = isDefaultName ? '' : `SEQUENCE NAME ${qualified(identity.sequence)}`
  const options = [name, sequenceSettingsSql(identity.sequence)].filter((part) => part !== '').join(' ')
  const head = `GENERATED ${identity.generation.toUpperCase()} AS IDENTITY`
  return options === '' ? head : `${head} (${options})`
}

/** A constant of type regclass follows the sequence when that is renamed. */
function sequenceLiteral(sequence: ObjectName): string {
  return `${sqlLiteral(qualified(sequence))}::regclass`
}
