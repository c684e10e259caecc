import type { SelectQueryBuilder } from 'kysely'
import { UsageError } from '../errors/usage-error.js'
import type { RelationMapping } from './relation-mapping.js'
import type { TableMapping } from './table-mapping.js'

/** A query builder whose types were checked where it was built. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- Kysely's own name for an unchecked database is any.
export type AnyBuilder = SelectQueryBuilder<any, any, any>

/**
 * Which rows of a table to read, and what to load with them.
 *
 * @internal
 */
export interface ReadPlan {
  readonly mapping: TableMapping
  /** FROM, WHERE, ORDER BY, LIMIT, OFFSET. */
  readonly builder: AnyBuilder
  /** It has a condition: rows may be missing that the tables say are there. */
  readonly isFiltered: boolean
  /** It has LIMIT or OFFSET, which count anew for each parent. */
  readonly hasWindow: boolean
  readonly loads: readonly RelationLoad[]
}

/**
 * One relation to be loaded.
 *
 * @internal
 */
export interface RelationLoad {
  readonly relation: RelationMapping
  /** In the statement of its parents, rather than in one of its own. */
  readonly isJoined: boolean
  readonly plan: ReadPlan
}

/** What `with` may be given for a relation, as it is at run time. */
type GivenLoad = 'joined' | true | ((query: LoadedQuery) => LoadedQuery) | Readonly<Record<string, unknown>>

/** A query for the rows of a relation, as far as reading its options goes. */
interface LoadedQuery {
  with(options: Readonly<Record<string, unknown>>): LoadedQuery
  joined(): LoadedQuery
  toLoad(): RelationLoad
}

/**
 * Reads what `with` was given. Pure.
 *
 * @param mapping - The table whose relations are named.
 * @param options - By relation: `true`, `'joined'`, what to load below it, or a function that refines its query.
 * @param begin - Begins the query of a relation.
 * @throws {@link UsageError} if the table has no such relation, or a value is none of these.
 * @internal
 */
export function relationLoads(
  mapping: TableMapping,
  options: Readonly<Record<string, unknown>>,
  begin: (relation: RelationMapping) => LoadedQuery,
): readonly RelationLoad[] {
  return Object.entries(options).flatMap(([name, given]) => {
    const relation = mapping.relation(name)
    return given === undefined ? [] : refined(begin(relation), given as GivenLoad, relation).toLoad()
  })
}

function refined(query: LoadedQuery, given: GivenLoad, relation: RelationMapping): LoadedQuery {
  if (given === true) return query
  if (given === 'joined') return query.joined()
  if (typeof given === 'function') return given(query)
  if (typeof given === 'object' && (given as unknown) !== null) return query.with(given)
  throw new UsageError({
    message: `with() was given ${JSON.stringify(given)} for ${relation.source.key}.${relation.name}`,
    hint: "Pass true, 'joined', an object with what to load below it, or a function that refines its query.",
  })
}
