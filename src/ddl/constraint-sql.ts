import { quoteIdentifier } from '../foundation/quote-identifier.js'
import type { Deferrable } from '../metadata/column-definition.js'
import type {
  CheckDescription,
  ExclusionDescription,
  ForeignKeyDescription,
  KeyDescription,
} from '../metadata/description.js'
import type { StorageParameters } from '../metadata/table-extra.js'
import { indexKeySql } from './index-sql.js'
import { qualified, quotedList, storageSql } from './name-sql.js'

/** Writes a primary key or unique constraint as CREATE TABLE and ADD take it. Pure. @internal */
export function keySql(key: KeyDescription, words: 'PRIMARY KEY' | 'UNIQUE'): string {
  const nulls = key.nullsNotDistinct ? ' NULLS NOT DISTINCT' : ''
  const overlaps = key.withoutOverlaps ? ' WITHOUT OVERLAPS' : ''
  const head = `CONSTRAINT ${quoteIdentifier(key.name)} ${words}${nulls} (${quotedList(key.columns)}${overlaps})`
  return `${head}${indexPartsSql(key)}${deferrableSql(key.deferrable)}`
}

/** Writes an exclusion constraint as CREATE TABLE and ADD take it. Pure. @internal */
export function exclusionSql(exclusion: ExclusionDescription): string {
  const keys = exclusion.keys.map((key) => `${indexKeySql(key)} WITH ${key.operator}`).join(', ')
  const where = exclusion.where === undefined ? '' : ` WHERE (${exclusion.where})`
  const head = `CONSTRAINT ${quoteIdentifier(exclusion.name)} EXCLUDE USING ${quoteIdentifier(exclusion.method)} (${keys})`
  return `${head}${indexPartsSql(exclusion)}${where}${deferrableSql(exclusion.deferrable)}`
}

/** Writes a check as CREATE TABLE and ADD take it. Pure. @internal */
export function checkSql(check: CheckDescription): string {
  const noInherit = check.noInherit ? ' NO INHERIT' : ''
  const enforced = check.enforced ? '' : ' NOT ENFORCED'
  const valid = check.notValid ? ' NOT VALID' : ''
  return `CONSTRAINT ${quoteIdentifier(check.name)} CHECK (${check.expression})${noInherit}${enforced}${valid}`
}

/** Writes a foreign key as CREATE TABLE and ADD take it. Pure. @internal */
export function foreignKeySql(key: ForeignKeyDescription): string {
  const head = `CONSTRAINT ${quoteIdentifier(key.name)} FOREIGN KEY (${periodList(key.columns, key.period)})`
  const target = ` REFERENCES ${qualified(key.target)} (${periodList(key.targetColumns, key.period)})`
  const only = key.onDeleteColumns.length === 0 ? '' : ` (${quotedList(key.onDeleteColumns)})`
  const parts = [
    key.match === 'full' ? ' MATCH FULL' : '',
    key.onDelete === 'no action' ? '' : ` ON DELETE ${key.onDelete.toUpperCase()}${only}`,
    key.onUpdate === 'no action' ? '' : ` ON UPDATE ${key.onUpdate.toUpperCase()}`,
    deferrableSql(key.deferrable),
    key.enforced ? '' : ' NOT ENFORCED',
    key.notValid ? ' NOT VALID' : '',
  ]
  return head + target + parts.join('')
}

function periodList(columns: readonly string[], hasPeriod: boolean): string {
  if (!hasPeriod) return quotedList(columns)
  const plain = columns.slice(0, -1).map(quoteIdentifier)
  return [...plain, `PERIOD ${quotedList(columns.slice(-1))}`].join(', ')
}

interface IndexParts {
  readonly include: readonly string[]
  readonly with: StorageParameters
  readonly tablespace: string | undefined
}

function indexPartsSql(parts: IndexParts): string {
  const include = parts.include.length === 0 ? '' : ` INCLUDE (${quotedList(parts.include)})`
  const tablespace =
    parts.tablespace === undefined ? '' : ` USING INDEX TABLESPACE ${quoteIdentifier(parts.tablespace)}`
  return `${include}${storageSql(parts.with)}${tablespace}`
}

function deferrableSql(deferrable: Deferrable): string {
  if (deferrable === false) return ''
  return deferrable === 'initially deferred' ? ' DEFERRABLE INITIALLY DEFERRED' : ' DEFERRABLE'
}
