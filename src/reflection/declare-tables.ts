import type { AnyColumn } from '../metadata/column.js'
import type { ColumnDefinition } from '../metadata/column-definition.js'
import { defaultObjectName } from '../metadata/default-object-name.js'
import { InternalError } from '../errors/database-error.js'
import { table, type AnyTable, type TableOptions } from '../metadata/table.js'
import type { PartitionDefinition, TableExtra, TableExtraDefinition } from '../metadata/table-extra.js'
import { materializedView, view } from '../metadata/view.js'
import type { CatalogIndex } from './catalog-index.js'
import type { RelationRow } from './catalog-rows.js'
import { declareColumns } from './declare-columns.js'
import { declareParts, indexPart, partitionKey } from './declare-parts.js'
import { storageParameters } from './printed-sql.js'

/**
 * Declares every table and view; partitions become part of their table.
 *
 * @param index - The catalogs, types declared; its `tables` are filled.
 * @internal
 */
export function declareTables(index: CatalogIndex): void {
  for (const row of index.catalog.relations) {
    if (row.isPartition) continue
    const isTable = row.kind === 'r' || row.kind === 'p'
    const declared = isTable ? declareTable(row, index) : declareView(row, index)
    index.tables.set(row.oid, {
      key: index.schemaOf(row) === undefined ? row.name : `${row.schema}.${row.name}`,
      table: declared as AnyTable & Readonly<Record<string, unknown>>,
    })
  }
}

function declareTable(relation: RelationRow, index: CatalogIndex): AnyTable {
  const extras = (columns: Readonly<Record<string, AnyColumn>>): readonly TableExtra[] => {
    const column = (name: string): ColumnDefinition => columnNamed(columns, name)
    return [...declareParts({ relation, column, index }), ...partitionParts(relation, column, index)].map(
      (def) => ({ def }),
    )
  }
  return table(relation.name, declareColumns(relation, index), extras, tableOptions(relation, index))
}

function columnNamed(columns: Readonly<Record<string, AnyColumn>>, name: string): ColumnDefinition {
  const column = columns[name === '$' ? '$_' : name]
  if (column !== undefined) return column.def
  throw new InternalError({
    message: `BUG: the column ${JSON.stringify(name)} was not read from the catalogs`,
  })
}

function tableOptions(relation: RelationRow, index: CatalogIndex): TableOptions {
  return {
    schema: index.schemaOf(relation),
    comment: relation.comment ?? undefined,
    rowLevelSecurity:
      relation.hasRowSecurity && relation.forcesRowSecurity ? 'force' : relation.hasRowSecurity,
    unlogged: relation.isUnlogged,
    with: storageParameters(relation.options),
    tablespace: relation.tablespace ?? undefined,
    method: relation.method ?? undefined,
    replicaIdentity: replicaIdentity(relation),
  }
}

function replicaIdentity({
  replicaIdentity: identity,
  replicaIndex,
}: RelationRow): TableOptions['replicaIdentity'] {
  if (identity === 'f') return 'full'
  if (identity === 'n') return 'nothing'
  return identity === 'i' && replicaIndex !== null ? { index: replicaIndex } : undefined
}

/** The partition key and the partitions, with what each has of its own. */
function partitionParts(
  relation: RelationRow,
  column: (name: string) => ColumnDefinition,
  index: CatalogIndex,
): readonly TableExtraDefinition[] {
  if (relation.partitionKey === null) return []
  const partitions = index.partitions.get(relation.oid) ?? []
  return [
    partitionKey(relation.partitionKey, { relation, column, index }),
    ...partitions.map((row) => partitionOf(row, relation, column, index)),
  ]
}

function partitionOf(
  relation: RelationRow,
  parent: RelationRow,
  column: (name: string) => ColumnDefinition,
  index: CatalogIndex,
): PartitionDefinition {
  return {
    kind: 'partition',
    name: relation.name,
    schema: relation.schema === parent.schema ? undefined : relation.schema,
    bound: relation.bound ?? '',
    extras: [...declareParts({ relation, column, index }), ...partitionParts(relation, column, index)],
    with: storageParameters(relation.options),
    unlogged: relation.isUnlogged,
    tablespace: relation.tablespace ?? undefined,
    notNullNames: notNullNames(relation, parent, index),
    comment: relation.comment ?? undefined,
  }
}

/** A partition that was attached keeps the names that its NOT NULL constraints had before. */
function notNullNames(
  relation: RelationRow,
  parent: RelationRow,
  index: CatalogIndex,
): PartitionDefinition['notNullNames'] {
  const inherited = notNullsOf(parent, index)
  const own = Object.entries(notNullsOf(relation, index)).filter(
    ([column]) => inherited[column] !== undefined,
  )
  if (own.every(([column, name]) => inherited[column] === name)) return undefined
  const isOwn = own.every(([column, name]) => name === defaultObjectName(relation.name, column, 'not_null'))
  return isOwn ? 'own' : Object.fromEntries(own.filter(([column, name]) => inherited[column] !== name))
}

function notNullsOf(relation: RelationRow, index: CatalogIndex): Readonly<Record<string, string>> {
  const rows = (index.constraints.get(relation.oid) ?? []).filter(({ kind }) => kind === 'n')
  return Object.fromEntries(
    rows.map((row) => [index.column(relation.oid, row.columns[0] ?? 0)?.name ?? '', row.name]),
  )
}

function declareView(relation: RelationRow, index: CatalogIndex): AnyTable {
  const columns = declareColumns(relation, index)
  const query = (relation.viewQuery ?? '').trim().replace(/;$/, '')
  const { check_option: checkOption, ...parameters } = storageParameters(relation.options)
  const options = {
    schema: index.schemaOf(relation),
    with: parameters,
    comment: relation.comment ?? undefined,
  }
  if (relation.kind === 'v') {
    return view(relation.name, columns, query, {
      ...options,
      checkOption: checkOption as 'cascaded' | 'local' | undefined,
    })
  }
  const made = materializedView(relation.name, columns, query, {
    ...options,
    withData: relation.isPopulated,
    tablespace: relation.tablespace ?? undefined,
    method: relation.method ?? undefined,
  })
  // Not through the option `indexes`: its function gives builders, and definitions are at hand.
  const column = (name: string): ColumnDefinition => columnNamed(made.$.row ?? {}, name)
  const indexes = (index.indexes.get(relation.oid) ?? []).map((row) =>
    indexPart(row, { relation, column, index }),
  )
  return { $: Object.freeze({ ...made.$, indexes }) }
}
