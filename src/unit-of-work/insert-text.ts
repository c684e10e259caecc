import { quoteIdentifier } from '../foundation/quote-identifier.js'
import type { ColumnMapping } from './column-mapping.js'
import type { TableMapping } from './table-mapping.js'

/** The column of an answer that says which of the rows sent it belongs to, from 1. */
export const ORDINAL = '#'

/**
 * How the rows that come back are told apart.
 *
 * `none`: nothing comes back. `merge`: MERGE returns the ordinal of the row it inserted (PostgreSQL 17). `key`: the
 * statement computes the keys itself, or was given them, and joins what it inserted with what it was sent. `sequence`:
 * rows are sorted by ordinal before the server numbers them, so the key's order is theirs. `single`: one row a
 * statement.
 */
export type InsertTechnique = 'key' | 'merge' | 'none' | 'sequence' | 'single'

/** What an INSERT is made of. */
export interface InsertShape {
  readonly mapping: TableMapping
  /** Columns that values are sent for. */
  readonly given: readonly ColumnMapping[]
  /** Columns that are read back. */
  readonly returned: readonly ColumnMapping[]
  readonly technique: InsertTechnique
  /** Whether values are written over `GENERATED ALWAYS AS IDENTITY`. */
  readonly isOverriding: boolean
  /** An ON CONFLICT clause; only where rows need not be told apart. @defaultValue none */
  readonly conflict?: string | undefined
}

/**
 * Chooses how to tell rows apart that come back. Pure.
 *
 * RETURNING promises no order, and before PostgreSQL 17 it can't name what was sent. A key that is given or computed
 * by the statement itself is proof on every version; but computing the next number of a sequence needs the USAGE
 * privilege on it, which an identity column does not ask of those who insert. There the server's numbers are used: it
 * evaluates the defaults of INSERT … SELECT … ORDER BY in the order of the sorted rows, one by one.
 *
 * @see https://www.postgresql.org/message-id/29386.1528813619@sss.pgh.pa.us; SQLAlchemy 2.0, "insertmanyvalues", sentinels
 * @internal
 */
export function chooseTechnique(
  shape: Omit<InsertShape, 'technique'>,
  serverVersion: number,
  rows: number,
): InsertTechnique {
  if (shape.returned.length === 0) return 'none'
  if (rows === 1) return 'single'
  if (serverVersion >= 170_000) return 'merge'
  if (shape.mapping.primaryKey.length === 0) return 'single'
  const open = shape.mapping.primaryKey.filter((column) => !shape.given.includes(column))
  if (open.length === 1 && open[0]?.sequence !== undefined) return 'sequence'
  const areKnown = open.every((column) => column.defaultSql !== undefined && column.sequence === undefined)
  return areKnown ? 'key' : 'single'
}

/**
 * Writes an INSERT of many rows. Its parameters are the given columns, each as one array; without any, their number.
 *
 * @internal
 */
export function insertText(shape: InsertShape): string {
  const { technique, mapping, given, returned, isOverriding, conflict = '' } = shape
  const cacheKey = `insert ${technique} ${isOverriding ? '!' : ''}${indexes(given)} ${indexes(returned)}${conflict}`
  let text = mapping.texts.get(cacheKey)
  if (text === undefined) mapping.texts.set(cacheKey, (text = write(shape)))
  return text
}

function write(shape: InsertShape): string {
  switch (shape.technique) {
    case 'merge':
      return mergeText(shape)
    case 'key':
      return keyText(shape)
    default:
      return selectText(shape)
  }
}

function selectText({
  mapping,
  given,
  returned,
  technique,
  isOverriding,
  conflict = '',
}: InsertShape): string {
  const source = sourceOf(given)
  const order = technique === 'sequence' ? ' order by u.o' : ''
  const returning = returned.length === 0 ? '' : ` returning ${returnList('', returned)}`
  const values = given.map((column, index) => column.codec.fromElement(`u.c${index}`)).join(', ')
  return `insert into ${mapping.name}${columnList(given)}${overriding(isOverriding)} select ${values} from ${source}${order}${conflict}${returning}`
}

function mergeText({ mapping, given, returned, isOverriding }: InsertShape): string {
  const source = sourceOf(given)
  const values = given.map((column, index) => column.codec.fromElement(`u.c${index}`)).join(', ')
  const insert =
    given.length === 0
      ? 'insert default values'
      : `insert${columnList(given)}${overriding(isOverriding)} values (${values})`
  return `merge into ${mapping.name} as t using ${source} on false when not matched then ${insert} returning ${ordinal('u')}, ${returnList('t.', returned)}`
}

/** The keys are computed, or cast, once; rows that were inserted find their ordinal by them. */
function keyText({ mapping, given, returned, isOverriding }: InsertShape): string {
  const computed = mapping.primaryKey.filter((column) => !given.includes(column))
  const all = [...given, ...computed]
  const values = all.map((column, index) =>
    index < given.length
      ? `${column.codec.fromElement(`u.c${index}`)} as v${index}`
      : `${column.defaultSql ?? 'null'} as v${index}`,
  )
  const names = all.map((_, index) => `v${index}`).join(', ')
  const keys = mapping.primaryKey.map((column, index) => `${column.name} as k${index}`)
  const matches = mapping.primaryKey.map(
    (column, index) => `inserted.k${index} = given.v${all.indexOf(column)}`,
  )
  const back = returned.map((column, index) => `${column.name} as r${index}`)
  const list = returned.map((column, index) => `inserted.r${index} as ${quoteIdentifier(column.key)}`)
  return [
    `with given as materialized (select u.o, ${values.join(', ')} from ${sourceOf(given)}),`,
    `inserted as (insert into ${mapping.name}${columnList(all)}${overriding(isOverriding)}`,
    `select ${names} from given returning ${[...keys, ...back].join(', ')})`,
    `select ${ordinal('given')}, ${list.join(', ')} from given join inserted on ${matches.join(' and ')}`,
  ].join(' ')
}

function columnList(columns: readonly ColumnMapping[]): string {
  return columns.length === 0 ? '' : ` (${columns.map((column) => column.name).join(', ')})`
}

function overriding(isOverriding: boolean): string {
  return isOverriding ? ' overriding system value' : ''
}

function ordinal(alias: string): string {
  return `${alias}.o::integer as ${quoteIdentifier(ORDINAL)}`
}

function returnList(prefix: string, columns: readonly ColumnMapping[]): string {
  return columns.map((column) => `${prefix}${column.name} as ${quoteIdentifier(column.key)}`).join(', ')
}

/** The rows that are sent, as a source of a statement: columns `c0`, `c1` … and the ordinal `o`. */
function sourceOf(columns: readonly ColumnMapping[]): string {
  if (columns.length === 0) return 'generate_series(1, $1::integer) as u(o)'
  const arrays = columns.map((column, index) => `$${index + 1}::${column.codec.parameterType}`).join(', ')
  const names = columns.map((_, index) => `c${index}`).join(', ')
  return `unnest(${arrays}) with ordinality as u(${names}, o)`
}

/** Names columns in a cache key. @internal */
export function indexes(columns: readonly ColumnMapping[]): string {
  return columns.map((column) => column.index).join(',')
}
