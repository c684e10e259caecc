import type { OperationNode } from 'kysely'

/**
 * A copy of a node with each of its child nodes replaced, or the node itself if nothing was. Knows no kind of node, so
 * that those of a later Kysely pass through it too. Pure.
 *
 * @internal
 */
export function mapChildren(
  node: OperationNode,
  replace: (child: OperationNode) => OperationNode,
): OperationNode {
  let copy: Record<string, unknown> | undefined
  for (const [key, value] of Object.entries<unknown>(node as never)) {
    const mapped = Array.isArray(value) ? mapList(value, replace) : isNode(value) ? replace(value) : value
    if (mapped !== value) (copy ??= { ...node })[key] = mapped
  }
  return (copy as OperationNode | undefined) ?? node
}

function mapList(
  list: readonly unknown[],
  replace: (child: OperationNode) => OperationNode,
): readonly unknown[] {
  const mapped = list.map((item) => (isNode(item) ? replace(item) : item))
  return mapped.some((item, index) => item !== list[index]) ? mapped : list
}

function isNode(value: unknown): value is OperationNode {
  return typeof value === 'object' && value !== null && typeof (value as OperationNode).kind === 'string'
}
