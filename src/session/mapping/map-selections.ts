import {
  AliasNode,
  ColumnNode,
  IdentifierNode,
  ReferenceNode,
  SelectAllNode,
  SelectionNode,
  TableNode,
  type OperationNode,
} from 'kysely'
import type { MappedColumn } from './mapped-table.js'
import type { QueryMapping } from './query-mapping.js'
import type { OutputColumn, QueryScope, QuerySource } from './query-scope.js'
import { readerOf } from './reader-of.js'

interface Selected {
  readonly nodes: SelectionNode[]
  readonly outputs: OutputColumn[]
}

/**
 * Maps a list of selections: a column that has another name in the database is selected as its key, and `*` is spelled
 * out where there is such a column. Pure.
 *
 * @internal
 */
export function mapSelections(
  mapping: QueryMapping,
  list: readonly SelectionNode[],
  scope: QueryScope,
): Selected {
  const selected: Selected = { nodes: [], outputs: [] }
  for (const item of list) {
    const { selection } = item
    if (SelectAllNode.is(selection)) {
      addAll(selected, item, scope.sources)
    } else if (ReferenceNode.is(selection) && SelectAllNode.is(selection.column)) {
      const source = scope.source(selection.table?.table.identifier.name ?? '')
      const whole = SelectionNode.create(mapping.expression(selection, scope) as ReferenceNode)
      addAll(selected, whole, source === undefined ? [] : [source])
    } else {
      const mapped = mapping.expression(selection, scope)
      const name = outputName(selection)
      const isRenamed = ReferenceNode.is(mapped) && name !== undefined && outputName(mapped) !== name
      const child = isRenamed ? AliasNode.create(mapped, IdentifierNode.create(name)) : mapped
      selected.nodes.push(child === selection ? item : SelectionNode.create(child as AliasNode))
      if (name !== undefined) selected.outputs.push({ name, read: readerOf(selection, scope, mapping) })
    }
  }
  return selected
}

/** Whether a selection gives what it selects this name. @internal */
export function isAliasOf({ selection }: SelectionNode, name: string): boolean {
  return AliasNode.is(selection) && outputName(selection) === name
}

function addAll({ nodes, outputs }: Selected, item: SelectionNode, sources: readonly QuerySource[]): void {
  const isSpelledOut =
    sources.some((source) => source.table?.hasRenamedColumns) &&
    sources.every((source) => source.name !== undefined)
  if (!isSpelledOut) nodes.push(item)
  for (const { name = '', table, outputs: inner } of sources) {
    const columns = table?.columns ?? []
    outputs.push(...(inner ?? columns.map(({ key, read }) => ({ name: key, read }))))
    if (!isSpelledOut) continue
    if (table?.hasRenamedColumns) nodes.push(...columns.map((column) => selectionOf(column, name)))
    else nodes.push(SelectionNode.createSelectAllFromTable(TableNode.create(name)))
  }
}

function selectionOf({ key, name }: MappedColumn, source: string): SelectionNode {
  const reference = ReferenceNode.create(ColumnNode.create(name), TableNode.create(source))
  return SelectionNode.create(
    key === name ? reference : AliasNode.create(reference, IdentifierNode.create(key)),
  )
}

/** The name under which a selection arrives, where it says so itself. */
function outputName(node: OperationNode): string | undefined {
  if (AliasNode.is(node)) return IdentifierNode.is(node.alias) ? node.alias.name : undefined
  return ReferenceNode.is(node) && ColumnNode.is(node.column) ? node.column.column.name : undefined
}
