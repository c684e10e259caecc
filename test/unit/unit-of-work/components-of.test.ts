import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { componentsOf } from '../../../src/unit-of-work/components-of.js'

const graph = fc
  .integer({ min: 1, max: 12 })
  .chain((size) =>
    fc.array(fc.array(fc.nat(size - 1), { maxLength: 4 }), { minLength: size, maxLength: size }),
  )

describe('componentsOf', () => {
  it('puts every component behind what it points at, and nodes that reach each other together', () => {
    fc.assert(
      fc.property(graph, (targets) => {
        const components = componentsOf(targets.keys(), (node) => targets[node]!)
        const place = new Map(components.flatMap((nodes, at) => nodes.map((node) => [node, at] as const)))
        expect(place.size).toBe(targets.length)
        const reach = targets.map((_, start) => reachable(targets, start))
        for (const [node, own] of targets.entries()) {
          for (const target of own) expect(place.get(target)).toBeLessThanOrEqual(place.get(node)!)
          for (const other of targets.keys()) {
            const areTogether = node === other || (reach[node]!.has(other) && reach[other]!.has(node))
            expect(place.get(node) === place.get(other)).toBe(areTogether)
          }
        }
      }),
    )
  })

  it('takes a chain as long as a flush', () => {
    const length = 100_000
    const components = componentsOf([0], (node) => (node + 1 < length ? [node + 1] : []))
    expect(components).toHaveLength(length)
    expect(components[0]).toEqual([length - 1])
  })
})

function reachable(targets: readonly (readonly number[])[], start: number): Set<number> {
  const seen = new Set<number>()
  const open = [...targets[start]!]
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    if (seen.has(node)) continue
    seen.add(node)
    open.push(...targets[node]!)
  }
  return seen
}
