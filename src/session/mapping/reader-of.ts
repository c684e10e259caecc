import {
  AliasNode,
  ColumnNode,
  ParensNode,
  ReferenceNode,
  SelectQueryNode,
  type AggregateFunctionNode,
  type CaseNode,
  type FunctionNode,
  type OperationNode,
} from 'kysely'
import type { ColumnReader } from '../../postgres/column-readers.js'
import type { QueryMapping } from './query-mapping.js'
import type { QueryScope } from './query-scope.js'

/** Functions that give back one of the values that they were given. */
const SELECTING = new Set(['coalesce', 'greatest', 'least', 'nullif', 'max', 'min'])

/**
 * How what an expression gives is read: as the column that it is, or that its value comes from. Pure.
 *
 * @internal
 */
export function readerOf(
  node: OperationNode,
  scope: QueryScope,
  mapping: QueryMapping,
): ColumnReader | undefined {
  const common = (nodes: readonly (OperationNode | undefined)[]): ColumnReader | undefined => {
    for (const each of nodes) {
      const read = each === undefined ? undefined : readerOf(each, scope, mapping)
      if (read !== undefined) return read
    }
    return undefined
  }
  if (AliasNode.is(node) || ParensNode.is(node)) return readerOf(node.node, scope, mapping)
  if (ReferenceNode.is(node)) {
    if (!ColumnNode.is(node.column)) return undefined
    return scope.resolve(node.table?.table.identifier.name, node.column.column.name)?.read
  }
  if (SelectQueryNode.is(node)) return mapping.query(node, scope).outputs[0]?.read
  switch (node.kind) {
    case 'AggregateFunctionNode': {
      const { func, aggregated } = node as AggregateFunctionNode
      return SELECTING.has(func) ? common(aggregated) : undefined
    }
    case 'FunctionNode': {
      const { func, arguments: given } = node as FunctionNode
      return SELECTING.has(func) ? common(given) : undefined
    }
    case 'CaseNode': {
      const { when, else: otherwise } = node as CaseNode
      return common([...(when ?? []).map(({ result }) => result), otherwise])
    }
    default:
      return undefined
  }
}
