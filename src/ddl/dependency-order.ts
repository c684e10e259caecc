/**
 * Orders nodes so that each comes after what it depends on; otherwise the given order is kept. In a cycle the edge that
 * would close it is ignored. Pure; linear in nodes and edges; the depth of the graph does not matter.
 *
 * @param nodes - In the order that is preferred.
 * @param dependenciesOf - What a node depends on. What is not among the nodes is ignored.
 * @returns Every node once.
 * @internal
 */
export function dependencyOrder<N>(
  nodes: readonly N[],
  dependenciesOf: (node: N) => Iterable<N>,
): readonly N[] {
  const known = new Set(nodes)
  const visited = new Set<N>()
  const ordered: N[] = []
  for (const root of nodes) {
    if (visited.has(root)) continue
    visited.add(root)
    // A stack of our own: five thousand tables that form a chain would overflow the engine's.
    const path = [{ node: root, rest: [...dependenciesOf(root)].reverse() }]
    for (let top = path.at(-1); top !== undefined; top = path.at(-1)) {
      const next = top.rest.pop()
      if (next === undefined) {
        ordered.push(top.node)
        path.pop()
      } else if (known.has(next) && !visited.has(next)) {
        visited.add(next)
        path.push({ node: next, rest: [...dependenciesOf(next)].reverse() })
      }
    }
  }
  return ordered
}
