import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { dependencyOrder } from '../../../src/ddl/dependency-order.js'
import { evidentDependencies } from '../../../src/ddl/evident-dependencies.js'

type Edges = readonly (readonly number[])[]

const SIZE = 12
const edges: fc.Arbitrary<Edges> = fc.array(fc.array(fc.nat(SIZE - 1), { maxLength: 3 }), {
  minLength: SIZE,
  maxLength: SIZE,
})
/** Nothing depends on what comes after it. */
const acyclic = edges.map((all) => all.map((own, node) => own.filter((other) => other < node)))
const nodes = [...Array(SIZE).keys()]
const finder = (all: Edges) => (node: number) => all[node] ?? []

describe('evidentDependencies', () => {
  it('keeps everything that is certain, whatever else is said', () => {
    fc.assert(
      fc.property(acyclic, edges, edges, (certain, likely, rest) => {
        const dependenciesOf = evidentDependencies(nodes, [finder(certain), finder(likely), finder(rest)])
        const order = dependencyOrder(nodes.toReversed(), dependenciesOf)
        for (const [node, own] of certain.entries()) {
          for (const other of own) expect(order.indexOf(other)).toBeLessThan(order.indexOf(node))
        }
      }),
    )
  })

  it('takes what is less certain where it contradicts nothing', () => {
    fc.assert(
      fc.property(acyclic, acyclic, (certain, likely) => {
        const dependenciesOf = evidentDependencies(nodes, [finder(certain), finder(likely)])
        for (const node of nodes) {
          expect(new Set(dependenciesOf(node))).toEqual(new Set([...certain[node]!, ...likely[node]!]))
        }
      }),
    )
  })

  it('prefers the more certain of two that contradict each other', () => {
    const dependenciesOf = evidentDependencies(
      ['a', 'b'],
      [() => [], (node) => (node === 'a' ? ['b'] : []), (node) => (node === 'b' ? ['a'] : [])],
    )
    expect([[...dependenciesOf('a')], [...dependenciesOf('b')]]).toEqual([['b'], []])
  })
})
