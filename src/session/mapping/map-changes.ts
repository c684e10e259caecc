import {
  ColumnNode,
  DefaultInsertValueNode,
  PrimitiveValueListNode,
  ValueListNode,
  type ColumnUpdateNode,
  type DeleteQueryNode,
  type InsertQueryNode,
  type MergeQueryNode,
  type OnConflictNode,
  type OperationNode,
  type ReturningNode,
  type UpdateQueryNode,
  type ValuesNode,
} from 'kysely'
import { mapChildren } from './map-children.js'
import { mapValues, written } from './map-values.js'
import type { MappedColumn } from './mapped-table.js'
import type { MappedQuery, QueryMapping } from './query-mapping.js'
import type { OutputColumn, QueryScope } from './query-scope.js'

/** A statement that changes rows. */
export type ChangeNode = InsertQueryNode | UpdateQueryNode | DeleteQueryNode | MergeQueryNode

/** The parts that need more than to be passed on. */
interface ChangeParts {
  readonly columns?: readonly ColumnNode[]
  readonly values?: OperationNode
  readonly updates?: readonly ColumnUpdateNode[]
  readonly onConflict?: OnConflictNode
  readonly returning?: ReturningNode
}

/** Its tables, in the order in which names are looked for: what is changed comes first. */
const SOURCES = ['into', 'table', 'from', 'using', 'joins'] as const

/**
 * Maps a statement that changes rows. Pure.
 *
 * @internal
 */
export function mapChanges(mapping: QueryMapping, node: ChangeNode, scope: QueryScope): MappedQuery {
  const parts: Record<string, unknown> = { ...node }
  if (node.with !== undefined) parts['with'] = mapping.with(node.with, scope)
  for (const key of SOURCES) {
    const part = parts[key] as OperationNode | readonly OperationNode[] | undefined
    if (part === undefined) continue
    parts[key] = isList(part) ? part.map((each) => mapping.source(each, scope)) : mapping.source(part, scope)
  }
  const { columns, values, updates, onConflict, returning } = node as ChangeParts
  const changed = (column: ColumnNode): MappedColumn | undefined =>
    scope.changed?.table?.column(column.column.name)
  if (columns !== undefined) {
    parts['columns'] = columns.map((column) => nameOf(column, changed(column)))
    if (values !== undefined) parts['values'] = mapInserted(mapping, values, columns.map(changed), scope)
  }
  if (updates !== undefined) parts['updates'] = mapUpdates(mapping, updates, scope)
  if (onConflict !== undefined) parts['onConflict'] = mapConflict(mapping, onConflict, scope)
  let outputs: readonly OutputColumn[] = []
  if (returning !== undefined) {
    const selected = mapping.selections(returning.selections, scope)
    parts['returning'] = { ...returning, selections: selected.nodes }
    outputs = selected.outputs
  }
  const done = new Set(['with', ...SOURCES, 'columns', 'values', 'updates', 'onConflict', 'returning'])
  const others = Object.fromEntries(Object.entries(parts).filter(([key]) => !done.has(key)))
  const mapped = mapChildren(others as unknown as OperationNode, (child) => mapping.expression(child, scope))
  return { node: { ...parts, ...mapped }, outputs }
}

function isList(part: OperationNode | readonly OperationNode[]): part is readonly OperationNode[] {
  return Array.isArray(part)
}

function nameOf(node: ColumnNode, column: MappedColumn | undefined): ColumnNode {
  return column === undefined ? node : ColumnNode.create(column.name)
}

/** VALUES, each of whose lists has one value for each column; or a query. */
function mapInserted(
  mapping: QueryMapping,
  values: OperationNode,
  columns: readonly (MappedColumn | undefined)[],
  scope: QueryScope,
): OperationNode {
  if (values.kind !== 'ValuesNode') return mapping.expression(values, scope)
  const rows = (values as ValuesNode).values.map((row) => {
    if (PrimitiveValueListNode.is(row)) {
      if (columns.every((column) => column?.write === undefined)) return row
      return PrimitiveValueListNode.create(
        row.values.map((value, index) => {
          const write = columns[index]?.write
          return write === undefined ? value : written(value, write)
        }),
      )
    }
    return ValueListNode.create(
      row.values.map((value, index) => {
        if (DefaultInsertValueNode.is(value)) return value
        const write = columns[index]?.write
        return mapping.expression(write === undefined ? value : mapValues(value, write, false), scope)
      }),
    )
  })
  return { ...values, values: rows } as OperationNode
}

/** SET names columns of what is changed, never with the table in front. */
function mapUpdates(
  mapping: QueryMapping,
  updates: readonly ColumnUpdateNode[],
  scope: QueryScope,
): readonly OperationNode[] {
  return updates.map((update) => {
    const target = columnNodeOf(update.column)
    const column = target && scope.changed?.table?.column(target.column.name)
    const value = column?.write === undefined ? update.value : mapValues(update.value, column.write, false)
    return {
      ...update,
      column: column === undefined ? update.column : ColumnNode.create(column.name),
      value: mapping.expression(value, scope),
    } as OperationNode
  })
}

/** `set('key', value)` gives a reference, `set({ key: value })` a column. */
function columnNodeOf(node: OperationNode): ColumnNode | undefined {
  if (ColumnNode.is(node)) return node
  const { column } = node as { readonly column?: OperationNode }
  return column !== undefined && ColumnNode.is(column) ? column : undefined
}

function mapConflict(mapping: QueryMapping, node: OnConflictNode, scope: QueryScope): OperationNode {
  const table = scope.changed?.table
  const { columns, updates, ...others } = node
  scope.sources.push({ name: 'excluded', table, isAliased: false })
  const mapped = mapChildren(others, (child) =>
    child.kind === 'IdentifierNode' ? child : mapping.expression(child, scope),
  )
  const result = {
    ...mapped,
    ...(columns && { columns: columns.map((column) => nameOf(column, table?.column(column.column.name))) }),
    ...(updates && { updates: mapUpdates(mapping, updates, scope) }),
  }
  scope.sources.pop()
  return result
}
