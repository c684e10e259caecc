import type { AnyColumn } from '../metadata/column.js'
import { changed, columnOf } from '../metadata/column-builder.js'
import type { ColumnDefinition, ColumnStorage, SequenceOptions } from '../metadata/column-definition.js'
import { defaultObjectName } from '../metadata/default-object-name.js'
import { sqlLiteral } from '../metadata/sql-literal.js'
import { notNullSlot, ownerSlot, type CatalogIndex } from './catalog-index.js'
import type { ColumnRow, RelationRow, SequenceRow } from './catalog-rows.js'
import { collationOf, dataTypeOf } from './declare-types.js'
import { withoutParentheses } from './printed-sql.js'

const STORAGE: Readonly<Record<string, ColumnStorage>> = {
  e: 'external',
  m: 'main',
  p: 'plain',
  x: 'extended',
}
const COMPRESSION: Readonly<Record<string, string>> = { l: 'lz4', p: 'pglz' }

/**
 * Declares the columns of a table or view, in their order.
 *
 * @param relation - The table.
 * @param index - The catalogs, types declared.
 * @returns Columns by key: their names, but `$_` for `$`, which holds a table's own declaration.
 * @internal
 */
export function declareColumns(
  relation: RelationRow,
  index: CatalogIndex,
): Readonly<Record<string, AnyColumn>> {
  return Object.fromEntries(
    (index.columns.get(relation.oid) ?? []).map((row) => [
      row.name === '$' ? '$_' : row.name,
      changed<AnyColumn>(columnOf(dataTypeOf(row, index)), columnParts(row, relation, index)),
    ]),
  )
}

function columnParts(row: ColumnRow, relation: RelationRow, index: CatalogIndex): Partial<ColumnDefinition> {
  const sequence = index.ownedSequences.get(ownerSlot(relation.oid, row.position))
  const isSerial = sequence !== undefined && isSerialOf(row, relation, sequence)
  const notNull = index.constraints
    .get(relation.oid)
    ?.find(({ kind, columns }) => kind === 'n' && columns[0] === row.position)
  const hasOwnName =
    notNull !== undefined &&
    (notNull.name !== defaultObjectName(relation.name, row.name, 'not_null') ||
      index.sharedNotNullNames.has(notNullSlot(relation, notNull.name)))
  return {
    name: row.name === '$' ? '$' : undefined,
    notNull: row.isNotNull && notNull?.isValid !== false,
    notNullName: hasOwnName && notNull.isValid ? notNull.name : undefined,
    ...valueParts(row, isSerial, sequence),
    collation: collationOf(row, index),
    storage: row.storage === null ? undefined : STORAGE[row.storage],
    compression: COMPRESSION[row.compression],
    statistics: row.statistics ?? undefined,
    comment: row.comment ?? undefined,
  }
}

function valueParts(
  row: ColumnRow,
  isSerial: boolean,
  sequence: SequenceRow | undefined,
): Partial<ColumnDefinition> {
  if (row.identity !== '') {
    const generation = row.identity === 'a' ? 'always' : 'by default'
    return { identity: { generation, sequence: sequence === undefined ? {} : sequenceOptions(sequence) } }
  }
  if (isSerial && sequence !== undefined) return { serial: sequenceOptions(sequence) }
  if (row.default === null) return {}
  if (row.generated === '') return { default: row.default }
  const kind = row.generated === 's' ? 'stored' : 'virtual'
  return { generated: { expression: withoutParentheses(row.default), kind } }
}

/**
 * Whether a column is what `serial` makes: numbered by a sequence of its own type that it owns.
 *
 * @internal
 */
export function isSerialOf(row: ColumnRow, relation: RelationRow, sequence: SequenceRow): boolean {
  return (
    sequence.ownership === 'a' &&
    sequence.schema === relation.schema &&
    sequence.type === row.type &&
    sequence.comment === null &&
    !sequence.isUnlogged &&
    row.isNotNull &&
    row.default === `nextval(${sqlLiteral(sequence.regclass)}::regclass)`
  )
}

/**
 * How a sequence counts, as far as it is not what PostgreSQL does by itself. Pure.
 *
 * @param row - The sequence.
 * @returns Options, its name included.
 * @internal
 */
export function sequenceOptions(row: SequenceRow): SequenceOptions & { readonly name: string } {
  const isAscending = !row.increment.startsWith('-')
  const bits = { bigint: 63n, integer: 31n, smallint: 15n }[row.type]
  const lowest = isAscending ? 1n : -(2n ** bits)
  const highest = isAscending ? 2n ** bits - 1n : -1n
  const [min, max, start] = [BigInt(row.min), BigInt(row.max), BigInt(row.start)]
  return {
    name: row.name,
    increment: unless(1n, BigInt(row.increment)),
    minValue: unless(lowest, min),
    maxValue: unless(highest, max),
    start: unless(isAscending ? min : max, start),
    cache: unless(1n, BigInt(row.cache)),
    cycle: row.cycle,
  }
}

function unless(usual: bigint, met: bigint): bigint | undefined {
  return met === usual ? undefined : met
}
