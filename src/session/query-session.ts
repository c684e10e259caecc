import type { AnyTable } from '../metadata/table.js'
import type { ObjectQueries } from '../unit-of-work/object-queries.js'
import type { KnownLoadsOfRow, LoadOptionsOfRow, QueryOf, WithLoaded } from '../unit-of-work/query-of.js'
import { QuerySource } from '../unit-of-work/query-source.js'
import type { UnitOfWork } from '../unit-of-work/unit-of-work.js'
import { StatementSession } from './statement-session.js'
import type { LazyObjects } from './lazy-objects.js'

/**
 * The part of a session that queries for objects, and loads what belongs to them.
 *
 * @see SQLAlchemy 2.0, Relationship Loading Techniques
 */
export abstract class QuerySession<DB> extends StatementSession<DB> {
  #queries: ObjectQueries | undefined

  /**
   * Begins a query that gives objects of this session, not plain rows. No I/O before it ends in `all`, `first`, `one`,
   * `oneOrNone`, `count`, `exists` or `stream`.
   *
   * @param table - One of the tables of the database's metadata.
   * @returns A query in Kysely's expression types; `with` loads relations.
   * @throws {@link UsageError} if it is no table of the metadata, or has no primary key.
   * @throws {@link SessionClosedError} if the session was closed.
   * @see SQLAlchemy 2.0, `select()` with ORM entities, `selectinload()`, `joinedload()`
   */
  query<T extends AnyTable>(table: T): QueryOf<DB, T> {
    return this.#begun.query(table) as unknown as QueryOf<DB, T>
  }

  /**
   * Loads relations of objects that the session has: one statement for each relation, whatever the number of objects.
   *
   * What was changed in a relation since it was loaded stays. A new object, which has no row yet, gets empty relations.
   *
   * @param objects - Objects of one table, or one object.
   * @param options - What to load; see {@link LoadOptions}.
   * @returns The same objects, typed with what was loaded.
   * @throws {@link UsageError} if an object is not in this session, or has no such relation.
   */
  async load<O extends object, const X extends LoadOptionsOfRow<DB, O>>(
    objects: readonly O[],
    options: X & KnownLoadsOfRow<DB, O, X>,
  ): Promise<WithLoaded<DB, O, X>[]>
  async load<O extends object, const X extends LoadOptionsOfRow<DB, O>>(
    object: O,
    options: X & KnownLoadsOfRow<DB, O, X>,
  ): Promise<WithLoaded<DB, O, X>>
  async load(objects: object, options: object): Promise<object> {
    await this.#begun.load(Array.isArray(objects) ? (objects as object[]) : [objects], options)
    return objects
  }

  /** The objects; made at the first use. @internal */
  protected get objects(): UnitOfWork {
    return this.lazyObjects.unitOfWork
  }

  /** The same, without making them. @internal */
  protected get lazyObjects(): LazyObjects {
    if (this.state === 'closed') this.parts.conversation.verdict('statement')
    return this.parts.objects
  }

  get #begun(): ObjectQueries {
    const { objects } = this
    this.#queries ??= objects.queries(new QuerySource(this), this.parts.cursor)
    return this.#queries
  }
}
