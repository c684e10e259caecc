import { sql } from 'kysely'
import { quoteIdentifier } from '../foundation/quote-identifier.js'
import type { ColumnMapping } from './column-mapping.js'
import type { AnyBuilder, ReadPlan, RelationLoad } from './relation-load.js'

/**
 * A row's part that is an object: where its values begin, and what it was loaded for.
 *
 * @internal
 */
export interface RowPart {
  readonly offset: number
  readonly plan: ReadPlan
  /** The relation that leads here, and the part that it leads from. */
  readonly from: { readonly load: RelationLoad; readonly part: RowPart } | undefined
}

/**
 * A query whose every row holds the columns of one object, and behind them those of the objects that are joined to it.
 *
 * @internal
 */
export interface ReadStatement {
  readonly builder: AnyBuilder
  /** The first is the row itself. */
  readonly parts: readonly RowPart[]
  /** How many values all parts have. */
  readonly width: number
}

/**
 * Completes a plan: selects all columns, and joins what is to come in the same statement. Pure.
 *
 * What is joined is a subquery whose columns are called "#0", "#1" …, so that a condition of the caller's that names a
 * column without its table means the caller's table. The planner sees through it.
 *
 * @internal
 */
export function readStatement(plan: ReadPlan): ReadStatement {
  const root: RowPart = { offset: 0, plan, from: undefined }
  const parts = [root]
  const alias = quoteIdentifier(plan.mapping.key)
  const lists = [plan.mapping.selectList(alias)]
  let { builder } = plan
  let width = plan.mapping.columns.length
  const join = (part: RowPart, path: string, reference: (column: ColumnMapping) => string): void => {
    for (const load of part.plan.loads) {
      if (!load.isJoined) continue
      const inner = `${path}.${load.relation.name}`
      const quoted = quoteIdentifier(inner)
      const numbered = (column: ColumnMapping): string => `${quoted}."#${column.index}"`
      const { columns } = load.plan.mapping
      builder = joined(builder, load, inner, reference, numbered)
      lists.push(columns.map(numbered).join(', '))
      const next = { offset: width, plan: load.plan, from: { load, part } }
      parts.push(next)
      width += columns.length
      join(next, inner, numbered)
    }
  }
  join(root, '#', (column) => `${alias}.${column.name}`)
  return { builder: builder.select(sql.raw(lists.join(', ')) as never), parts, width }
}

function joined(
  builder: AnyBuilder,
  { relation, plan }: RelationLoad,
  alias: string,
  local: (column: ColumnMapping) => string,
  foreign: (column: ColumnMapping) => string,
): AnyBuilder {
  const table = quoteIdentifier(plan.mapping.key)
  const list = plan.mapping.columns
    .map((column) => `${table}.${column.name} as "#${column.index}"`)
    .join(', ')
  const subquery = plan.builder.select(sql.raw(list) as never)
  const matches = relation.foreign.map(
    (column, index) => `${foreign(column)} = ${local(relation.local[index] as ColumnMapping)}`,
  )
  return builder.leftJoin(subquery.as(alias), (on) => on.on(sql.raw<boolean>(matches.join(' and '))))
}
