import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { dependencyOrder } from '../../../src/ddl/dependency-order.js'
import { sortedTables } from '../../../src/ddl/sorted-tables.js'
import type { AnyColumn } from '../../../src/metadata/column.js'
import { Metadata } from '../../../src/metadata/metadata.js'
import { integer } from '../../../src/metadata/number-columns.js'
import { table, type AnyTable } from '../../../src/metadata/table.js'

/** For each node, what it depends on. */
const graphs = fc
  .integer({ min: 1, max: 25 })
  .chain((size) =>
    fc.array(fc.array(fc.nat(size - 1), { maxLength: 4 }), { minLength: size, maxLength: size }),
  )

/** The same without cycles: a node depends only on ones before it in a hidden order. */
const acyclicGraphs = graphs.chain((graph) =>
  fc
    .shuffledSubarray([...graph.keys()], { minLength: graph.length })
    .map((rank) => graph.map((edges, node) => edges.filter((other) => rank[other]! < rank[node]!))),
)

const orderOf = (graph: readonly (readonly number[])[]) =>
  dependencyOrder([...graph.keys()], (node) => graph[node] ?? [])

describe('dependencyOrder', () => {
  it('gives every node once', () => {
    fc.assert(
      fc.property(graphs, (graph) => {
        expect(orderOf(graph).toSorted((left, right) => left - right)).toEqual([...graph.keys()])
      }),
    )
  })

  it('puts everything after what it depends on, where that is possible', () => {
    fc.assert(
      fc.property(acyclicGraphs, (graph) => {
        const order = orderOf(graph)
        for (const [position, node] of order.entries()) {
          for (const other of graph[node]!) expect(order.indexOf(other)).toBeLessThan(position)
        }
      }),
    )
  })

  it('keeps the given order where nothing depends on anything', () => {
    expect(dependencyOrder(['c', 'a', 'b'], () => [])).toEqual(['c', 'a', 'b'])
  })

  it('ignores what is not among the nodes', () => {
    expect(dependencyOrder(['a'], () => ['x'])).toEqual(['a'])
  })

  it('does not mind a chain of 100,000', () => {
    const size = 100_000
    const order = dependencyOrder(
      Array.from({ length: size }, (_, node) => node),
      (node) => (node + 1 < size ? [node + 1] : []),
    )
    expect([order[0], order.at(-1)]).toEqual([size - 1, 0])
  })
})

describe('sortedTables', () => {
  /** Tables whose references are the edges of the graph. */
  function tablesOf(graph: readonly (readonly number[])[]): Record<string, AnyTable> {
    const made: { readonly id: AnyColumn; readonly $: AnyTable['$'] }[] = []
    for (const [node, edges] of graph.entries()) {
      const references = edges.map((other, position) => [
        `r${String(position)}`,
        integer().references(() => made[other]!.id),
      ])
      made.push(
        table(`t${String(node)}`, {
          id: integer().primaryKey(),
          ...(Object.fromEntries(references) as object),
        }),
      )
    }
    return Object.fromEntries(made.map((each, node) => [`t${String(node)}`, each]))
  }
  const sorted = (graph: readonly (readonly number[])[]) =>
    sortedTables(new Metadata({ tables: tablesOf(graph) })).map(({ name }) => Number(name.slice(1)))

  it('gives every table once, cycles or not', () => {
    fc.assert(
      fc.property(graphs, (graph) => {
        expect(sorted(graph).toSorted((left, right) => left - right)).toEqual([...graph.keys()])
      }),
    )
  })

  it('puts every table after those that it points at, where there are no cycles', () => {
    fc.assert(
      fc.property(acyclicGraphs, (graph) => {
        const order = sorted(graph)
        for (const [position, node] of order.entries()) {
          for (const other of graph[node]!) expect(order.indexOf(other)).toBeLessThan(position)
        }
      }),
    )
  })

  it('keeps the order of declaration where nothing points at anything', () => {
    expect(sorted([[], [], []])).toEqual([0, 1, 2])
  })
})
