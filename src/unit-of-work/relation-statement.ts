import { sql, type OperationNode, type OperationNodeSource } from 'kysely'
import type { Statement } from '../postgres/statement.js'
import { quoteIdentifier } from '../foundation/quote-identifier.js'
import type { ColumnMapping } from './column-mapping.js'
import type { QuerySource } from './query-source.js'
import { readStatement, type RowPart } from './read-statement.js'
import type { AnyBuilder, RelationLoad } from './relation-load.js'
import type { RelationKeys } from './relation-keys.js'
import type { RelationMapping } from './relation-mapping.js'

/**
 * The statement that reads the rows of a relation for many parents, and how its rows say whose they are.
 *
 * @internal
 */
export interface RelationStatement {
  readonly statement: Statement
  readonly parts: readonly RowPart[]
  /** Whether the first value is the number of the parent's key, from 1. */
  readonly hasOrdinal: boolean
  /** Where the key is, if there is no ordinal. */
  readonly key: number
}

/** Writes the statement. Pure. @internal */
export function relationStatement(
  load: RelationLoad,
  keys: RelationKeys,
  source: QuerySource,
): RelationStatement {
  const { relation, plan } = load
  const { builder, parts, width } = readStatement({ ...plan, builder: linked(relation, plan.builder) })
  const isSimple = relation.local.length === 1 && !plan.hasWindow && hasOneText(relation)
  const parameters = keys.parameters()
  if (isSimple) {
    const [own] = relation.local as readonly [ColumnMapping]
    const [far] = relation.foreign as readonly [ColumnMapping]
    const type = sql.raw(own.codec.parameterType)
    const condition = sql<boolean>`${sql.raw(farReference(relation, far, 0))} = any(${parameters[0]}::${type})`
    const filtered = builder.where(condition)
    const isThrough = relation.through !== undefined
    const complete = isThrough ? filtered.select(sql.raw('"#through"."#0"') as never) : filtered
    return {
      statement: source.statement(complete),
      parts,
      hasOrdinal: false,
      key: isThrough ? width : far.index,
    }
  }
  return {
    statement: source.statement(byOrdinal(relation, builder, parameters)),
    parts,
    hasOrdinal: true,
    key: 0,
  }
}

/** One subquery for each key, so that order and limit count for each; the ordinal of the key stands behind the row. */
function byOrdinal(
  relation: RelationMapping,
  builder: AnyBuilder,
  parameters: readonly (Buffer | string)[],
): OperationNodeSource {
  const matches = relation.foreign.map((column, index) => {
    const own = relation.local[index] as ColumnMapping
    return `${farReference(relation, column, index)} = ${own.codec.fromElement(`"#keys"."#${index}"`)}`
  })
  const order = builder.toOperationNode().orderBy?.items ?? []
  const found = builder.where(sql.raw<boolean>(matches.join(' and ')))
  // The order of a subquery is not that of the whole, so its rows are numbered in it.
  const inner =
    order.length === 0
      ? found
      : found.select(sql`row_number() over (order by ${listed(order)})`.as('#n') as never)
  const arrays = parameters.map((values, index) => {
    const type = (relation.local[index] as ColumnMapping).codec.parameterType
    return sql`${values}::${sql.raw(type)}`
  })
  const names = parameters.map((_, index) => `"#${index}"`).join(', ')
  const outer = order.length === 0 ? sql`` : sql` order by "#keys"."#o", "#rows"."#n"`
  return sql`select "#keys"."#o"::integer, "#rows".* from unnest(${sql.join(arrays)}) with ordinality as "#keys"(${sql.raw(names)}, "#o") cross join lateral ${inner} as "#rows"${outer}`
}

function listed(nodes: readonly OperationNode[]): ReturnType<typeof sql> {
  return sql.join(nodes.map((node) => ({ toOperationNode: () => node })))
}

/** Joins the table in between, as a subquery whose column names meet none of the caller's. */
function linked({ through, foreign, target }: RelationMapping, builder: AnyBuilder): AnyBuilder {
  if (through === undefined) return builder
  const own = foreign.map((column, index) => `${column.name} as "#${index}"`)
  const other = through.local.map((column, index) => `${column.name} as "#${foreign.length + index}"`)
  const subquery = sql.raw(`(select ${[...own, ...other].join(', ')} from ${through.table.name})`)
  const table = quoteIdentifier(target.key)
  const matches = through.foreign.map(
    (column, index) => `${table}.${column.name} = "#through"."#${foreign.length + index}"`,
  )
  return builder.innerJoin(subquery.as('#through'), (on) => on.on(sql.raw<boolean>(matches.join(' and '))))
}

function farReference({ through, target }: RelationMapping, column: ColumnMapping, index: number): string {
  return through === undefined ? `${quoteIdentifier(target.key)}.${column.name}` : `"#through"."#${index}"`
}

function hasOneText({ local, foreign }: RelationMapping): boolean {
  return [...local, ...foreign].every((column) => column.hasOneText)
}
