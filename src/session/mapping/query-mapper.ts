import {
  AliasNode,
  ColumnNode,
  IdentifierNode,
  ReferenceNode,
  SchemableIdentifierNode,
  SelectAllNode,
  type SelectionNode,
  TableNode,
  type BinaryOperationNode,
  type CommonTableExpressionNode,
  type OperationNode,
  type OrderByItemNode,
  type SelectQueryNode,
} from 'kysely'
import type { ColumnReader, ColumnReaders } from '../../postgres/column-readers.js'
import { mapChanges, type ChangeNode } from './map-changes.js'
import type { MappedColumn } from './mapped-table.js'
import type { MappedTables } from './mapped-tables.js'
import { mapChildren } from './map-children.js'
import { isAliasOf, mapSelections } from './map-selections.js'
import { mapValues } from './map-values.js'
import type { MappedQuery, QueryMapping } from './query-mapping.js'
import { QueryScope, type QuerySource } from './query-scope.js'

/** Comparisons in which both sides are of one type. */
const COMPARISONS = new Set([
  '=',
  '==',
  '!=',
  '<>',
  '@>',
  '<@',
  'in',
  'not in',
  'is distinct from',
  'is not distinct from',
])

/**
 * Turns the keys of a query into the names of the database: keys of tables and columns in, the same keys out, as
 * aliases, so that rows need no work afterwards. Values for JSON columns become JSON. Pure.
 *
 * Names are resolved as PostgreSQL does it, level by level; what is not found among the declared tables (views'
 * columns, tables of others, SQL text) is left as it is.
 *
 * @internal
 */
export class QueryMapper implements QueryMapping {
  readonly #tables: MappedTables

  constructor(tables: MappedTables) {
    this.#tables = tables
  }

  /** Maps a whole query. */
  map<Node extends OperationNode>(
    root: Node,
  ): { readonly node: Node; readonly readers: ColumnReaders | undefined } {
    const { node, outputs } = this.query(root, new QueryScope())
    const readers = new Map<string, ColumnReader>()
    for (const { name, read } of outputs) {
      if (read === undefined) readers.delete(name)
      else readers.set(name, read)
    }
    return { node: node as Node, readers: readers.size === 0 ? undefined : readers }
  }

  /** Maps a query inside a scope. */
  query(node: OperationNode, scope: QueryScope): MappedQuery {
    switch (node.kind) {
      case 'SelectQueryNode':
        return this.#select(node as SelectQueryNode, new QueryScope(scope))
      case 'InsertQueryNode':
      case 'UpdateQueryNode':
      case 'DeleteQueryNode':
      case 'MergeQueryNode':
        return mapChanges(this, node as ChangeNode, new QueryScope(scope))
      case 'ParensNode': {
        const inner = this.query((node as unknown as { readonly node: OperationNode }).node, scope)
        return { node: { ...node, node: inner.node } as OperationNode, outputs: inner.outputs }
      }
      default:
        return { node: this.expression(node, scope), outputs: [] }
    }
  }

  /** Maps any part of a query. */
  expression(node: OperationNode, scope: QueryScope): OperationNode {
    switch (node.kind) {
      case 'ValueNode':
      case 'PrimitiveValueListNode':
      case 'IdentifierNode':
      case 'TableNode':
        return node
      case 'ReferenceNode':
        return this.#reference(node as ReferenceNode, scope)
      case 'ColumnNode':
        return renamed(node as ColumnNode, scope.resolve(undefined, keyOf(node as ColumnNode))?.column)
      case 'BinaryOperationNode':
        return this.#comparison(node as BinaryOperationNode, scope)
      case 'SelectQueryNode':
      case 'InsertQueryNode':
      case 'UpdateQueryNode':
      case 'DeleteQueryNode':
      case 'MergeQueryNode':
        return this.query(node, scope).node
      default:
        return mapChildren(node, (child) => this.expression(child, scope))
    }
  }

  /** Maps what stands in FROM, INTO or USING, and notes it in the scope. */
  source(node: OperationNode, scope: QueryScope): OperationNode {
    switch (node.kind) {
      case 'TableNode':
        return this.#table(node as TableNode, undefined, scope)
      case 'AliasNode': {
        const { node: inner, alias } = node as AliasNode
        const name = IdentifierNode.is(alias) ? alias.name : undefined
        if (TableNode.is(inner)) return { ...node, node: this.#table(inner, name, scope) } as OperationNode
        const mapped = this.query(inner, scope)
        const outputs = mapped.outputs.length > 0 ? mapped.outputs : undefined
        scope.sources.push({ name, outputs, isAliased: true })
        return { ...node, node: mapped.node } as OperationNode
      }
      case 'FromNode':
      case 'ListNode':
      case 'UsingNode':
        return mapChildren(node, (child) => this.source(child, scope))
      case 'JoinNode':
        return mapChildren(node, (child) =>
          child.kind === 'OnNode' ? this.expression(child, scope) : this.source(child, scope),
        )
      default:
        scope.sources.push({ name: undefined, isAliased: false })
        return this.expression(node, scope)
    }
  }

  /** Maps WITH: each expression sees those before it, and itself if it is recursive. */
  with(node: OperationNode, scope: QueryScope): OperationNode {
    return mapChildren(node, (child) => {
      const { name, expression } = child as CommonTableExpressionNode
      const id = name.table.table.identifier.name
      if ((node as { readonly recursive?: boolean }).recursive === true) scope.addExpression(id, [])
      const mapped = this.query(expression, scope)
      const outputs = mapped.outputs.map(({ name: own, read }, index) => {
        const given = name.columns?.[index]
        return { name: given === undefined ? own : keyOf(given), read }
      })
      scope.addExpression(id, outputs)
      return { ...child, expression: mapped.node } as OperationNode
    })
  }

  /** Maps a list of selections: a column that has another name is selected as its key. */
  selections(list: readonly SelectionNode[], scope: QueryScope): ReturnType<typeof mapSelections> {
    return mapSelections(this, list, scope)
  }

  #select(node: SelectQueryNode, scope: QueryScope): MappedQuery<SelectQueryNode> {
    const { with: expressions, from, joins, selections, setOperations, orderBy, ...others } = node
    const mappedWith = expressions && this.with(expressions, scope)
    const mappedFrom = from && this.source(from, scope)
    const mappedJoins = joins?.map((join) => this.source(join, scope))
    const selected = this.selections(selections ?? [], scope)
    const isOutput = (key: string): boolean =>
      setOperations !== undefined || (selections ?? []).some((each) => isAliasOf(each, key))
    const mapped = {
      ...(mapChildren(others, (child) => this.expression(child, scope)) as SelectQueryNode),
      ...(mappedWith && { with: mappedWith }),
      ...(mappedFrom && { from: mappedFrom }),
      ...(mappedJoins && { joins: mappedJoins }),
      ...(selections && { selections: selected.nodes }),
      ...(setOperations && {
        setOperations: setOperations.map((each) => this.expression(each, scope)),
      }),
      ...(orderBy && {
        orderBy: mapChildren(orderBy, (item) =>
          // A bare name in ORDER BY is that of an output column first.
          isBareName(item, isOutput) ? item : this.expression(item, scope),
        ),
      }),
    }
    return { node: mapped as SelectQueryNode, outputs: selected.outputs }
  }

  #table(node: TableNode, alias: string | undefined, scope: QueryScope): OperationNode {
    const { schema, identifier } = node.table
    const outputs = schema === undefined ? scope.expression(identifier.name) : undefined
    const table = outputs === undefined ? this.#tables.table(identifier.name) : undefined
    const isRenamed = table !== undefined && table.name !== identifier.name
    const isAliased = alias !== undefined || isRenamed
    const source: QuerySource = { name: alias ?? identifier.name, table, outputs, isAliased }
    scope.sources.push(source)
    scope.target ??= source
    if (table === undefined) return node
    const place = schema ?? (table.schema === undefined ? undefined : IdentifierNode.create(table.schema))
    const name = IdentifierNode.create(table.name)
    const mapped: TableNode = {
      ...node,
      table: {
        ...SchemableIdentifierNode.create(table.name),
        identifier: name,
        ...(place && { schema: place }),
      },
    }
    return isRenamed && alias === undefined ? AliasNode.create(mapped, identifier) : mapped
  }

  #reference(node: ReferenceNode, scope: QueryScope): OperationNode {
    const qualifier = node.table?.table.identifier.name
    const column = SelectAllNode.is(node.column)
      ? node.column
      : renamed(node.column, scope.resolve(qualifier, keyOf(node.column))?.column)
    const isAliased = qualifier !== undefined && scope.source(qualifier)?.isAliased === true
    const table = isAliased && node.table?.table.schema ? TableNode.create(qualifier) : node.table
    return column === node.column && table === node.table
      ? node
      : ({ ...node, column, ...(table && { table }) } as ReferenceNode)
  }

  #comparison(node: BinaryOperationNode, scope: QueryScope): OperationNode {
    const { leftOperand, operator, rightOperand } = node
    const word = (operator as { readonly operator?: string }).operator ?? ''
    const left = leftOperand as ReferenceNode
    const column =
      ReferenceNode.is(left) && ColumnNode.is(left.column)
        ? scope.resolve(left.table?.table.identifier.name, keyOf(left.column))?.column
        : undefined
    const isList = word === 'in' || word === 'not in'
    const right =
      column?.write !== undefined && COMPARISONS.has(word)
        ? mapValues(rightOperand, column.write, isList)
        : rightOperand
    return mapChildren({ ...node, rightOperand: right } as OperationNode, (child) =>
      this.expression(child, scope),
    )
  }
}

function keyOf(node: ColumnNode): string {
  return node.column.name
}

function renamed(node: ColumnNode, column: MappedColumn | undefined): ColumnNode {
  return column === undefined || column.name === keyOf(node) ? node : ColumnNode.create(column.name)
}

function isBareName(item: OperationNode, isOutput: (key: string) => boolean): boolean {
  const { orderBy, collation } = item as OrderByItemNode
  if (collation !== undefined || !ReferenceNode.is(orderBy) || orderBy.table !== undefined) return false
  return ColumnNode.is(orderBy.column) && isOutput(keyOf(orderBy.column))
}
