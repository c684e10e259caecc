import type { Relation } from '../metadata/relation.js'
import { UsageError } from '../errors/usage-error.js'
import type { RelationNames, RelationsOf } from './loaded.js'
import type { QuerySource } from './query-source.js'
import { relationLoads, type ReadPlan, type RelationLoad } from './relation-load.js'
import type { RelationMapping } from './relation-mapping.js'
import { RowsQuery } from './rows-query.js'

/**
 * Which relations of a table's rows to load: `true` for one more statement, `'joined'` for the same one, an object for
 * what to load below, a function to choose, order and limit the rows.
 *
 * @example
 * ```ts ignore -- the parts of a query; docs/guides/relations.md has whole ones
 * const options = { author: 'joined', tags: true, comments: (q) => q.orderBy('id', 'desc').limit(3) }
 * ```
 */
export type LoadOptions<DB, K> = {
  readonly [N in keyof RelationsOf<DB, K>]?: LoadOption<DB, RelationsOf<DB, K>[N]> | undefined
}

type LoadOption<DB, X> =
  X extends Relation<infer Kind, infer Target>
    ? Target extends keyof DB
      ? | true
        | LoadOptions<DB, Target>
        | ((query: RelationQuery<DB, Target>) => RelationQuery<DB, Target, unknown>)
        | (Kind extends 'one' ? 'joined' : never)
      : never
    : never

/** What `with` was given, without names that are no relations. */
export type KnownLoads<DB, K, X> = Readonly<Record<Exclude<keyof X, RelationNames<DB, K>>, never>>

/** Which rows of a relation are loaded, and what with them. Given to functions in `with`. */
export class RelationQuery<DB, K extends keyof DB, out W = object> extends RowsQuery<DB, K> {
  /** Phantom: what is loaded below. */
  declare readonly $with: W
  readonly #relation: RelationMapping
  readonly #source: QuerySource
  readonly #isJoined: boolean

  private constructor(relation: RelationMapping, source: QuerySource, plan: ReadPlan, isJoined: boolean) {
    super(plan)
    this.#relation = relation
    this.#source = source
    this.#isJoined = isJoined
  }

  /** @internal */
  static begin(relation: RelationMapping, source: QuerySource): RelationQuery<unknown, never> {
    const mapping = relation.target
    const plan = { mapping, builder: source.from(mapping), isFiltered: false, hasWindow: false, loads: [] }
    return new RelationQuery(relation, source, plan, false)
  }

  /**
   * Loads relations of the rows too. No I/O by itself.
   *
   * @param options - See {@link LoadOptions}.
   * @throws {@link UsageError} if there is no such relation.
   */
  with<const X extends LoadOptions<DB, K>>(options: X & KnownLoads<DB, K, X>): RelationQuery<DB, K, W & X> {
    return this.derive({ loads: withLoads(this.plan, options, this.#source) }) as never
  }

  /**
   * Loads the row in the statement of its parents, with a LEFT JOIN, rather than in one of its own. For relations to
   * one row that its key or a foreign key points at.
   *
   * @throws {@link UsageError} if there may be several rows for one parent.
   */
  joined(): this {
    const { source, name, kind, isByKey } = this.#relation
    if (kind === 'one' && isByKey) {
      return new RelationQuery(this.#relation, this.#source, this.plan, true) as this
    }
    throw new UsageError({
      message: `${source.key}.${name} can't be joined: it may find several rows for one`,
      hint: `Load it with { ${name}: true }: one more statement, whatever the number of rows.`,
    })
  }

  /** @internal */
  toLoad(): RelationLoad {
    const { plan } = this
    if (this.#isJoined && plan.hasWindow) {
      throw new UsageError({
        message: `${this.#relation.source.key}.${this.#relation.name} can't be joined with a limit or an offset`,
        hint: 'Leave one of them out: there is at most one row.',
      })
    }
    return { relation: this.#relation, isJoined: this.#isJoined, plan }
  }

  /** @internal */
  protected derive(change: Partial<ReadPlan>): this {
    const plan = { ...this.plan, ...change }
    return new RelationQuery(this.#relation, this.#source, plan, this.#isJoined) as this
  }
}

/** What a query loads, and what is added to it; of one relation the last word counts. @internal */
export function withLoads(plan: ReadPlan, options: object, source: QuerySource): readonly RelationLoad[] {
  const added = relationLoads(plan.mapping, options as Readonly<Record<string, unknown>>, (relation) =>
    RelationQuery.begin(relation, source),
  )
  const names = new Set(added.map(({ relation }) => relation.name))
  return [...plan.loads.filter(({ relation }) => !names.has(relation.name)), ...added]
}
