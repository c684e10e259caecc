import { sql } from 'kysely'
import { MultipleResultsFoundError } from '../errors/result-error.js'
import type { Loaded } from './loaded.js'
import { noRowFound } from './object-refusals.js'
import type { QueryReader } from './query-reader.js'
import type { ReadPlan } from './relation-load.js'
import { withLoads, type KnownLoads, type LoadOptions } from './relation-query.js'
import { RowsQuery } from './rows-query.js'

/** How a query for objects is streamed. */
export interface ObjectStreamOptions {
  /**
   * Rows that are fetched, and whose relations are loaded, at a time: a whole number from 1.
   *
   * @defaultValue 100
   */
  readonly chunkSize?: number | undefined
}

/**
 * A query that gives objects of the session: one for each row, the same one wherever the row is met again.
 *
 * Nothing is sent before one of `all`, `first`, `one`, `oneOrNone`, `count`, `exists` or `stream`. An object that the
 * session has already keeps its values, changed or not; see {@link ObjectQuery.populateExisting}.
 *
 * @see SQLAlchemy 2.0, `select()` with ORM entities; Relationship Loading Techniques
 */
export class ObjectQuery<DB, K extends keyof DB, out W = object> extends RowsQuery<DB, K> {
  readonly #reader: QueryReader
  readonly #isFresh: boolean

  /** @internal */
  constructor(reader: QueryReader, plan: ReadPlan, isFresh = false) {
    super(plan)
    this.#reader = reader
    this.#isFresh = isFresh
  }

  /**
   * Loads relations too, typed in the result. No I/O by itself: `true` is one more statement for each relation whatever
   * the number of rows, `'joined'` none.
   *
   * @param options - See {@link LoadOptions}.
   * @throws {@link UsageError} if the table has no such relation, or it can't be joined.
   */
  with<const X extends LoadOptions<DB, K>>(options: X & KnownLoads<DB, K, X>): ObjectQuery<DB, K, W & X> {
    return this.derive({ loads: withLoads(this.plan, options, this.#reader.source) }) as never
  }

  /** Lets the rows overwrite the objects that the session has, changed or not. No I/O by itself. */
  populateExisting(): this {
    return new ObjectQuery(this.#reader, this.plan, true) as this
  }

  /**
   * All objects. One statement, and one for each relation that is loaded and not joined.
   *
   * @throws {@link QueryError} if the server refused it.
   */
  async all(): Promise<Loaded<DB, K, W>[]> {
    const states = await this.#reader.read(this.plan, this.#isFresh)
    return states.map((state) => state.object) as Loaded<DB, K, W>[]
  }

  /** The first object, or undefined if there is none. Sends as {@link ObjectQuery.all}, for one row. */
  async first(): Promise<Loaded<DB, K, W> | undefined> {
    const [object] = await this.#atMost(1)
    return object
  }

  /**
   * The only object. Sends as {@link ObjectQuery.all}, for two rows at most.
   *
   * @throws {@link NoResultFoundError} if there is none.
   * @throws {@link MultipleResultsFoundError} if there are several.
   */
  async one(): Promise<Loaded<DB, K, W>> {
    const object = await this.oneOrNone()
    if (object === undefined) throw noRowFound(this.plan.mapping)
    return object
  }

  /**
   * The only object, or undefined if there is none. Sends as {@link ObjectQuery.all}, for two rows at most.
   *
   * @throws {@link MultipleResultsFoundError} if there are several.
   */
  async oneOrNone(): Promise<Loaded<DB, K, W> | undefined> {
    const [object, other] = await this.#atMost(2)
    if (other === undefined) return object
    throw new MultipleResultsFoundError({
      message: `The query found several rows of ${this.plan.mapping.key} where at most one was expected`,
      hint: 'Make its condition unique, or use first() where any of them will do.',
    })
  }

  /** How many rows there are; nothing is loaded. One statement. */
  async count(): Promise<number> {
    const { builder, hasWindow } = this.plan
    const counted = hasWindow
      ? sql`select count(*) from ${builder.select(sql.raw('1') as never)} as "#"`
      : builder.clearOrderBy().select(sql.raw('count(*)') as never)
    const [[count]] = (await this.#reader.values(counted)) as [[bigint]]
    return Number(count)
  }

  /** Whether there is a row; nothing is loaded. One statement. */
  async exists(): Promise<boolean> {
    const builder = this.plan.builder.clearOrderBy().select(sql.raw('1') as never)
    const [[exists]] = (await this.#reader.values(sql`select exists ${builder}`)) as [[boolean]]
    return exists
  }

  /**
   * Reads object after object through a cursor inside the session's transaction, for results too large to hold. One
   * round trip for each chunk, and the statements of its relations.
   *
   * The session keeps every object until `expunge()`, `expungeAll()` or its end.
   *
   * @param options - See {@link ObjectStreamOptions}.
   * @throws {@link ConfigurationError} if `chunkSize` is no whole number from 1.
   * @throws {@link SessionStateError} if the transaction ends before the stream does.
   */
  async *stream(options: ObjectStreamOptions = {}): AsyncGenerator<Loaded<DB, K, W>, void, void> {
    const { chunkSize = 100 } = options
    for await (const states of this.#reader.stream(this.plan, chunkSize, this.#isFresh))
      for (const { object } of states) yield object as Loaded<DB, K, W>
  }

  /** @internal */
  protected derive(change: Partial<ReadPlan>): this {
    return new ObjectQuery(this.#reader, { ...this.plan, ...change }, this.#isFresh) as this
  }

  /** A window of the caller's own stays as it is. */
  async #atMost(count: number): Promise<Loaded<DB, K, W>[]> {
    return await (this.plan.hasWindow ? this : this.limit(count)).all()
  }
}
