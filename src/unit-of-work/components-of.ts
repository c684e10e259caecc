/**
 * Groups the nodes of a directed graph into its strongly connected components, each behind those it points at. Linear,
 * and without recursion: a chain may be as long as a flush.
 *
 * @param nodes - The nodes.
 * @param targetsOf - Where a node points.
 * @returns The components; what a component points at, itself apart, stands before it.
 * @see Tarjan, Depth-first search and linear graph algorithms, 1972
 * @internal
 */
export function componentsOf<Node>(
  nodes: Iterable<Node>,
  targetsOf: (node: Node) => Iterable<Node>,
): Node[][] {
  const components: Node[][] = []
  const visits = new Map<Node, Visit>()
  const open: Node[] = []
  for (const root of nodes) {
    if (visits.has(root)) continue
    const path = [enter(root)]
    for (let step = path.at(-1); step !== undefined; step = path.at(-1)) {
      const { visit, targets } = step
      const next = targets.next()
      if (next.done === true) {
        path.pop()
        const above = path.at(-1)
        if (above !== undefined) above.visit.low = Math.min(above.visit.low, visit.low)
        if (visit.low === visit.order) close(step.node)
        continue
      }
      const met = visits.get(next.value)
      if (met === undefined) path.push(enter(next.value))
      else if (met.isOpen) visit.low = Math.min(visit.low, met.order)
    }
  }
  return components

  function enter(node: Node): { node: Node; visit: Visit; targets: Iterator<Node> } {
    const visit = { order: visits.size, low: visits.size, isOpen: true }
    visits.set(node, visit)
    open.push(node)
    return { node, visit, targets: targetsOf(node)[Symbol.iterator]() }
  }

  function close(head: Node): void {
    const component: Node[] = []
    for (;;) {
      const node = open.pop() as Node
      ;(visits.get(node) as Visit).isOpen = false
      component.push(node)
      if (node === head) break
    }
    components.push(component.reverse())
  }
}

interface Visit {
  readonly order: number
  low: number
  isOpen: boolean
}
