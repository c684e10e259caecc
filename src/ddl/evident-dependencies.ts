/**
 * Puts together what nodes depend on from evidence of different strength: what is certain is taken as it is, what is
 * less certain only as long as it contradicts nothing that was taken before. Pure.
 *
 * @param nodes - In any order.
 * @param evidence - What a node depends on, the most certain first.
 * @returns What each node depends on: free of cycles if what is certain is.
 * @internal
 */
export function evidentDependencies<N>(
  nodes: readonly N[],
  evidence: readonly ((node: N) => Iterable<N>)[],
): (node: N) => Iterable<N> {
  const [certain, ...others] = evidence
  const taken = new Map(nodes.map((node) => [node, new Set(certain?.(node))]))
  for (const dependenciesOf of others) {
    for (const [node, own] of taken) {
      for (const other of dependenciesOf(node)) {
        if (!own.has(other) && !leadsTo(other, node, taken)) own.add(other)
      }
    }
  }
  return (node) => taken.get(node) ?? []
}

/** Whether one node needs another, directly or not. */
function leadsTo<N>(from: N, to: N, edges: ReadonlyMap<N, Iterable<N>>): boolean {
  const seen = new Set([from])
  for (const node of seen) {
    if (node === to) return true
    for (const next of edges.get(node) ?? []) seen.add(next)
  }
  return false
}
