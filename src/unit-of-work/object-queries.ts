import type { AnyTable } from '../metadata/table.js'
import type { Mapper } from './mapper.js'
import type { ObjectLoader } from './object-loader.js'
import { mixedTables, notInSession } from './object-refusals.js'
import { ObjectQuery } from './object-query.js'
import { assignRelation } from './loaded-relations.js'
import { QueryReader, type CursorReader } from './query-reader.js'
import type { QuerySource } from './query-source.js'
import { withLoads } from './relation-query.js'
import type { SessionObjects } from './session-objects.js'
import type { StatementRunner } from './statement-runner.js'
import type { TrackedObject } from './tracked-object.js'

/** What queries for the objects of a session need of it. */
export interface ObjectQueriesOptions {
  readonly mapper: Mapper
  readonly runner: StatementRunner
  readonly cursor: CursorReader
  readonly source: QuerySource
  readonly objects: SessionObjects
  readonly loader: ObjectLoader
  readonly autoflush: () => Promise<void>
}

/**
 * Begins queries that give objects of one session, and loads relations of those that it has.
 *
 * @internal
 */
export class ObjectQueries {
  readonly #options: ObjectQueriesOptions
  readonly #reader: QueryReader

  constructor(options: ObjectQueriesOptions) {
    this.#options = options
    this.#reader = new QueryReader(options)
  }

  /** Begins a query on a table. No I/O. */
  query(table: AnyTable): ObjectQuery<unknown, never> {
    const { mapper, source } = this.#options
    const mapping = mapper.mapping(table)
    const builder = source.from(mapping)
    return new ObjectQuery(this.#reader, { mapping, builder, isFiltered: false, hasWindow: false, loads: [] })
  }

  /** Loads relations of objects of one table: one statement for each relation. */
  async load(objects: readonly object[], options: object): Promise<void> {
    const states = objects.map((object) => this.#state(object))
    const [first] = states
    if (first === undefined) return
    const { mapping } = first
    const stranger = states.find((state) => state.mapping !== mapping)
    if (stranger !== undefined) throw mixedTables(mapping, stranger.mapping)
    const { source } = this.#options
    const plan = { mapping, builder: source.from(mapping), isFiltered: false, hasWindow: false, loads: [] }
    const loads = withLoads(plan, options, source)
    const [pending, stored] = partition(states, (state) => state.status === 'pending')
    for (const state of pending) {
      // No row points at one that does not exist yet.
      for (const { relation } of loads)
        assignRelation(state, relation, relation.kind === 'many' ? [] : null, false)
    }
    if (stored.length > 0) await this.#reader.load(stored, loads)
  }

  #state(object: object): TrackedObject {
    const state = this.#options.objects.identities.stateOf(object)
    if (state !== undefined) return state
    throw notInSession('load()')
  }
}

function partition<Item>(items: readonly Item[], test: (item: Item) => boolean): [Item[], Item[]] {
  return [items.filter(test), items.filter((item) => !test(item))]
}
