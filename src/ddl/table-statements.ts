import { quoteIdentifier } from '../foundation/quote-identifier.js'
import type {
  ForeignKeyDescription,
  PartitionDescription,
  TableBody,
  TableDescription,
} from '../metadata/description.js'
import { columnSql } from './column-sql.js'
import { commentOn } from './comment-sql.js'
import { checkSql, exclusionSql, foreignKeySql, keySql } from './constraint-sql.js'
import { statement, type DdlStatement } from './ddl-statement.js'
import { createIndexSql, indexKeySql } from './index-sql.js'
import { qualified, storageSql } from './name-sql.js'
import { createSequenceSql } from './sequence-sql.js'

/**
 * Writes everything that makes a table but its indexes and policies, and the foreign keys that can't be inline. Pure.
 *
 * @param table - The table.
 * @param inline - Its foreign keys whose target exists by then.
 * @returns The statements, in order.
 * @internal
 */
export function tableStatements(
  table: TableDescription,
  inline: readonly ForeignKeyDescription[],
): readonly DdlStatement[] {
  const target = qualified(table)
  const alter = (sql: string): DdlStatement => statement('table', table, `ALTER TABLE ${target} ${sql}`)
  return [
    ...table.columns.flatMap(({ serial, type }) =>
      serial === undefined
        ? []
        : [statement('sequence', serial, createSequenceSql({ ...serial, dataType: serialType(type.name) }))],
    ),
    statement('table', table, createTableSql(table, inline)),
    ...table.columns.flatMap(({ serial, name }) =>
      serial === undefined
        ? []
        : [
            statement(
              'sequence',
              serial,
              `ALTER SEQUENCE ${qualified(serial)} OWNED BY ${target}.${quoteIdentifier(name)}`,
            ),
          ],
    ),
    ...table.columns.flatMap(({ name, storage, statistics }) => {
      const column = `ALTER COLUMN ${quoteIdentifier(name)} SET`
      return [
        ...(storage === undefined ? [] : [alter(`${column} STORAGE ${storage.toUpperCase()}`)]),
        ...(statistics === undefined ? [] : [alter(`${column} STATISTICS ${String(statistics)}`)]),
      ]
    }),
    ...bodyStatements(table),
    ...(table.rowLevelSecurity === false ? [] : [alter('ENABLE ROW LEVEL SECURITY')]),
    ...(table.rowLevelSecurity === 'force' ? [alter('FORCE ROW LEVEL SECURITY')] : []),
    ...commentStatements(table),
    ...inline.flatMap((key) => constraintComment(table, key)),
  ]
}

/**
 * Writes a partition and the partitions below it. Pure.
 *
 * @param partition - The partition.
 * @param parent - The table it belongs to.
 * @returns The statements, in order.
 * @internal
 */
export function partitionStatements(
  partition: PartitionDescription,
  parent: TableBody,
): readonly DdlStatement[] {
  const constraints = [
    ...Object.entries(partition.notNullNames).map(
      ([column, name]) => `CONSTRAINT ${quoteIdentifier(name)} NOT NULL ${quoteIdentifier(column)}`,
    ),
    ...constraintList(partition, []),
  ]
  const own = constraints.length === 0 ? '' : ` (\n  ${constraints.join(',\n  ')}\n)`
  const head = `CREATE ${partition.unlogged ? 'UNLOGGED ' : ''}TABLE ${qualified(partition)} PARTITION OF ${qualified(parent)}`
  return [
    statement('partition', partition, `${head}${own} ${partition.bound}${tableTail(partition, undefined)}`),
    ...bodyStatements(partition),
    ...commentOn(`TABLE ${qualified(partition)}`, `${partition.schema}.${partition.name}`, partition.comment),
    ...constraintComments(partition),
  ]
}

/**
 * Writes the indexes of a table and its partitions. Pure.
 *
 * Those of a partition come first: the server then attaches them to the equal index of the parent instead of making
 * another one.
 *
 * @param table - The table or partition.
 * @returns The statements, in order.
 * @internal
 */
export function indexStatements(table: TableBody): readonly DdlStatement[] {
  return [
    ...table.partitions.flatMap((partition) => indexStatements(partition)),
    ...table.indexes.flatMap((index) => {
      const name = { schema: table.schema, name: index.name }
      return [
        statement('index', name, createIndexSql(index, table)),
        ...commentOn(`INDEX ${qualified(name)}`, `${name.schema}.${name.name}`, index.comment),
      ]
    }),
  ]
}

/**
 * Writes one foreign key as a statement of its own. Pure.
 *
 * @param table - The table or partition it is on.
 * @param key - The foreign key.
 * @returns The statement, and another one for its comment.
 * @internal
 */
export function foreignKeyStatements(table: TableBody, key: ForeignKeyDescription): readonly DdlStatement[] {
  const name = `${table.schema}.${table.name}.${key.name}`
  return [
    statement('foreignKey', name, `ALTER TABLE ${qualified(table)} ADD ${foreignKeySql(key)}`),
    ...constraintComment(table, key),
  ]
}

function createTableSql(table: TableDescription, inline: readonly ForeignKeyDescription[]): string {
  const lines = [
    ...table.columns.map((column) => columnSql(column, table.name)),
    ...constraintList(table, inline),
  ]
  const head = `CREATE ${table.unlogged ? 'UNLOGGED ' : ''}TABLE ${qualified(table)}`
  const body = lines.length === 0 ? '()' : `(\n  ${lines.join(',\n  ')}\n)`
  return `${head} ${body}${tableTail(table, table.method)}`
}

function tableTail(table: TableBody, method: string | undefined): string {
  const { partitionBy, tablespace } = table
  const partition =
    partitionBy === undefined
      ? ''
      : ` PARTITION BY ${partitionBy.strategy.toUpperCase()} (${partitionBy.keys.map(indexKeySql).join(', ')})`
  const using = method === undefined ? '' : ` USING ${quoteIdentifier(method)}`
  const space = tablespace === undefined ? '' : ` TABLESPACE ${quoteIdentifier(tablespace)}`
  return `${partition}${using}${storageSql(table.with)}${space}`
}

function constraintList(table: TableBody, inline: readonly ForeignKeyDescription[]): readonly string[] {
  return [
    ...keyList(table)
      .filter(({ isLate }) => !isLate)
      .map(({ sql }) => sql),
    ...table.checks.filter((check) => !check.notValid).map(checkSql),
    ...inline.map(foreignKeySql),
  ]
}

/** The constraints that an index stands behind, and whether each has to wait until the table is there. */
function keyList(table: TableBody): readonly { readonly sql: string; readonly isLate: boolean }[] {
  const { primaryKey, uniques, exclusions } = table
  const isLate = hasLateKeys(table)
  const seen = new Set<string>()
  const keys = [
    ...(primaryKey === undefined ? [] : [{ key: primaryKey, words: 'PRIMARY KEY' } as const]),
    ...uniques.map((key) => ({ key, words: 'UNIQUE' }) as const),
  ]
  return [
    ...keys.map(({ key, words }) => {
      // Of two equal keys in one CREATE TABLE the server silently makes one.
      const signature = [...key.columns, '', ...key.include].join('\0')
      const isRepeated = seen.has(signature)
      seen.add(signature)
      return { sql: keySql(key, words), isLate: isLate || isRepeated }
    }),
    ...exclusions.map((exclusion) => ({ sql: exclusionSql(exclusion), isLate })),
  ]
}

/**
 * Tells whether a table's keys are added after its partitions: one made under a parent that has its keys already would
 * get them under names of the server's choice. Pure.
 *
 * @param table - The table.
 * @returns True if a partition declares a key of its own.
 * @internal
 */
export function hasLateKeys(table: TableBody): boolean {
  return table.partitions.some(
    (partition) =>
      partition.primaryKey !== undefined || partition.uniques.length > 0 || partition.exclusions.length > 0,
  )
}

function bodyStatements(table: TableBody): readonly DdlStatement[] {
  const add = (sql: string): DdlStatement =>
    statement('constraint', table, `ALTER TABLE ${qualified(table)} ADD ${sql}`)
  return [
    // Inside CREATE TABLE the server would take NOT VALID for valid: there are no rows yet.
    ...table.checks.filter((check) => check.notValid).map((check) => add(checkSql(check))),
    ...table.partitions.flatMap((partition) => partitionStatements(partition, table)),
    ...keyList(table)
      .filter(({ isLate }) => isLate)
      .map(({ sql }) => add(sql)),
  ]
}

function commentStatements(table: TableDescription): readonly DdlStatement[] {
  const target = qualified(table)
  const name = `${table.schema}.${table.name}`
  return [
    ...commentOn(`TABLE ${target}`, name, table.comment),
    ...table.columns.flatMap((column) =>
      commentOn(`COLUMN ${target}.${quoteIdentifier(column.name)}`, `${name}.${column.name}`, column.comment),
    ),
    ...constraintComments(table),
  ]
}

function constraintComments(table: TableBody): readonly DdlStatement[] {
  const { primaryKey, uniques, checks, exclusions } = table
  const constraints = [
    ...(primaryKey === undefined ? [] : [primaryKey]),
    ...uniques,
    ...checks,
    ...exclusions,
  ]
  return constraints.flatMap((constraint) => constraintComment(table, constraint))
}

function constraintComment(
  table: TableBody,
  { name, comment }: { readonly name: string; readonly comment: string | undefined },
): readonly DdlStatement[] {
  const target = `CONSTRAINT ${quoteIdentifier(name)} ON ${qualified(table)}`
  return commentOn(target, `${table.schema}.${table.name}.${name}`, comment)
}

function serialType(type: string): 'bigint' | 'integer' | 'smallint' | undefined {
  return type === 'integer' || type === 'smallint' ? type : undefined
}
