import type { OperationNode, SelectionNode } from 'kysely'
import type { OutputColumn, QueryScope } from './query-scope.js'

/** A query and what it gives. */
export interface MappedQuery<Node extends OperationNode = OperationNode> {
  readonly node: Node
  readonly outputs: readonly OutputColumn[]
}

/**
 * The parts of mapping a query that its other parts need.
 *
 * @internal
 */
export interface QueryMapping {
  /** Maps a query inside a scope. */
  query(node: OperationNode, scope: QueryScope): MappedQuery
  /** Maps any part of a query. */
  expression(node: OperationNode, scope: QueryScope): OperationNode
  /** Maps what stands in FROM, INTO or USING, and notes it in the scope. */
  source(node: OperationNode, scope: QueryScope): OperationNode
  /** Maps WITH. */
  with(node: OperationNode, scope: QueryScope): OperationNode
  /** Maps a list of selections. */
  selections(
    list: readonly SelectionNode[],
    scope: QueryScope,
  ): { readonly nodes: SelectionNode[]; readonly outputs: OutputColumn[] }
}
