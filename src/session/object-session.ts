import type { AnyTable } from '../metadata/table.js'
import type { BulkInsertOptions, BulkInsertReport } from '../unit-of-work/bulk-insert-options.js'
import type { NewRowWith, RelationValues, RowWith } from '../unit-of-work/new-row-with.js'
import type { AnyRow, NewRow, Row, RowKey, RowValues } from '../unit-of-work/row.js'
import type { ObjectEvents } from '../unit-of-work/object-events.js'
import { QuerySession } from './query-session.js'

/**
 * The part of a session that tracks objects: plain objects, one for each row, whose changes `commit()` writes.
 *
 * A flush is one statement for each table and set of columns, whatever the number of objects. Objects stay usable
 * after commit, and nothing is written behind the caller's back. Plain Kysely queries give plain rows, not objects.
 *
 * @see SQLAlchemy 2.0, `Session`; Fowler, Patterns of Enterprise Application Architecture, Unit of Work, Identity Map
 */
export abstract class ObjectSession<DB> extends QuerySession<DB> {
  /** What is to happen around the flushes of this session; for those of all sessions see `database.events`. */
  get events(): ObjectEvents<this> {
    return this.lazyObjects.events as unknown as ObjectEvents<this>
  }

  /**
   * Makes a new row: an object that the next flush inserts. No I/O.
   *
   * What the server is to give (keys, defaults) is undefined until then. A relation among the values stands for the
   * columns that point: `session.add(posts, { title, author: ada })`, also while `ada` has no key.
   *
   * @param table - One of the tables of the database's metadata.
   * @param values - The columns that have no default, and any of the others; relations with objects of this session.
   * @returns The object; its generated columns are filled in by the flush.
   * @throws {@link SessionClosedError} if the session was closed.
   */
  add<T extends AnyTable>(table: T, values: NewRow<T>): Row<T>
  add<T extends AnyTable, const V extends RelationValues<DB, T>>(
    table: T,
    values: NewRowWith<DB, T, V> & V,
  ): RowWith<DB, T, V>
  add(table: AnyTable, values: object): object {
    return this.objects.add(table, values)
  }

  /**
   * Makes many new rows; see {@link ObjectSession.add}. No I/O.
   *
   * @param table - Their table.
   * @param values - The columns of each, or relations in place of those that point; all of them the same relations.
   * @returns The objects, in the same order.
   */
  addAll<T extends AnyTable>(table: T, values: Iterable<NewRow<T>>): Row<T>[]
  addAll<T extends AnyTable, const V extends RelationValues<DB, T>>(
    table: T,
    values: Iterable<NewRowWith<DB, T, V> & V>,
  ): RowWith<DB, T, V>[]
  addAll(table: AnyTable, values: Iterable<object>): object[] {
    return this.objects.addAll(table, values)
  }

  /**
   * What a column of an object will hold once it is flushed, to be given to another object until then: the key of a
   * parent that has none yet. No I/O.
   *
   * @param object - An object of this session.
   * @param key - The column.
   */
  later<R extends object, K extends keyof R & string>(object: R, key: K): R[K] {
    return this.objects.later(object, key)
  }

  /**
   * Marks an object: the next flush deletes its row. No I/O.
   *
   * @param object - An object of this session that has a row.
   */
  delete(object: object): void {
    this.objects.delete(object)
  }

  /**
   * The object of a row, by primary key: one statement, unless the session has the object already.
   *
   * @param table - The table.
   * @param key - The key, or its columns where it has several.
   * @returns The object, or undefined if there is no such row.
   */
  async get<T extends AnyTable>(table: T, key: RowKey<T>): Promise<Row<T> | undefined> {
    return await this.objects.get(table, key)
  }

  /**
   * The object of a row that must be there; see {@link ObjectSession.get}.
   *
   * @param table - The table.
   * @param key - The key, or its columns where it has several.
   * @throws {@link NoResultFoundError} if there is no such row.
   */
  async getOne<T extends AnyTable>(table: T, key: RowKey<T>): Promise<Row<T>> {
    return await this.objects.getOne(table, key)
  }

  /**
   * Copies values onto the object of their row, which is loaded if need be, or added if there is no such row.
   *
   * @param table - The table.
   * @param values - The primary key and what is to be set.
   * @returns The object of this session.
   */
  async merge<T extends AnyTable>(table: T, values: RowValues<T>): Promise<Row<T>> {
    return await this.objects.merge(table, values)
  }

  /**
   * Reads an object's row again, over what was changed. One statement.
   *
   * @param object - An object of this session that has a row.
   * @param columns - Only these.
   */
  async refresh<R extends object>(object: R, columns?: readonly (keyof R & string)[]): Promise<void> {
    await this.objects.refresh(object, columns)
  }

  /**
   * Takes values away, all but the key's: reading one throws until it was loaded again or written. No I/O.
   *
   * @param object - An object of this session that has a row.
   * @param columns - Only these.
   */
  expire<R extends object>(object: R, columns?: readonly (keyof R & string)[]): void {
    this.objects.expire(object, columns)
  }

  /**
   * Takes an object out of the session: what becomes of it is no longer written. No I/O.
   *
   * @param object - An object of this session.
   */
  expunge(object: object): void {
    this.objects.expunge(object)
  }

  /** Takes all objects out of the session. No I/O. */
  expungeAll(): void {
    this.objects.expungeAll()
  }

  /**
   * Whether an object is in the session. No I/O.
   *
   * @param object - Any object.
   */
  contains(object: object): boolean {
    return this.objects.contains(object)
  }

  /**
   * Whether the next flush would insert or change an object's row. No I/O.
   *
   * @param object - An object of this session.
   */
  isModified(object: object): boolean {
    return this.objects.isModified(object)
  }

  /** Objects that the next flush inserts. */
  get new(): readonly object[] {
    return this.objects.new
  }

  /** Objects whose rows the next flush changes. Compares every object with what the database has. */
  get dirty(): readonly object[] {
    return this.objects.dirty
  }

  /** Objects whose rows the next flush deletes. */
  get deleted(): readonly object[] {
    return this.objects.deleted
  }

  /**
   * Inserts many rows without making them objects: fast, and in little memory.
   *
   * One statement for each chunk, inside the transaction: an INSERT from arrays, or COPY where that can do the same.
   * The rows of an async iterable are read while the chunk before them is written. Tracked objects are not written
   * first: call `flush()` if the rows point at some.
   *
   * @param table - One of the tables of the database's metadata.
   * @param rows - Columns that are left out get their defaults.
   * @param options - See {@link BulkInsertOptions}.
   * @returns How much was sent and stored, and the columns asked for.
   * @throws {@link IntegrityError} if the server refused a row; call `rollback()` then.
   * @throws {@link OperationAbortedError} if the signal ended it; its message says after how many rows.
   * @throws {@link UsageError} if the metadata has no such table, the table no such column, or a value can't be sent.
   * @throws {@link ConfigurationError} if an option is unknown or out of range.
   * @see PostgreSQL manual, COPY; SQLAlchemy 2.0, "ORM Bulk INSERT Statements"
   */
  async bulkInsert<T extends AnyTable, K extends keyof Row<T> & string = never>(
    table: T,
    rows: AsyncIterable<NewRow<T>> | Iterable<NewRow<T>>,
    options: BulkInsertOptions<T, K> = {},
  ): Promise<BulkInsertReport<Pick<Row<T>, K>>> {
    const insert = this.lazyObjects.bulkInsert(table, options as object)
    return (await insert.run(rows as Iterable<AnyRow>)) as BulkInsertReport<Pick<Row<T>, K>>
  }

  /**
   * Writes what was added, changed and deleted, inside the transaction: one statement for each table and set of
   * columns. `commit()` does it too.
   *
   * @throws {@link IntegrityError} if the server refused a row; call `rollback()` then.
   * @throws {@link UsageError} if the session is an autocommit session, where half of it could be stored.
   */
  async flush(): Promise<void> {
    await this.lazyObjects.flush()
  }
}
