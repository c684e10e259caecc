import type { AnyTable } from '../metadata/table.js'
import { checkMergedVersion } from './check-merged-version.js'
import { changedColumns } from './changed-columns.js'
import { expireColumns } from './expired-column.js'
import { changedRelations } from './loaded-relations.js'
import { FlushHooks } from './flush-hooks.js'
import type { Mapper } from './mapper.js'
import { ObjectQueries } from './object-queries.js'
import { ObjectReader } from './object-reader.js'
import { hasNoRowYet, notInSession } from './object-refusals.js'
import type { ObjectEvents } from './object-events.js'
import { PendingValue } from './pending-value.js'
import type { CursorReader } from './query-reader.js'
import type { QuerySource } from './query-source.js'
import type { AnyRow, NewRow, Row, RowKey, RowValues } from './row.js'
import type { SavepointMark } from './savepoint-mark.js'
import { SessionFlush } from './session-flush.js'
import { SessionObjects } from './session-objects.js'
import type { StatementRunner } from './statement-runner.js'
import { TrackedObject } from './tracked-object.js'

/** What a unit of work is made of. */
export interface UnitOfWorkOptions {
  /** Shared by all sessions of a database. */
  readonly mapper: Mapper
  /** The session's line of statements. */
  readonly runner: StatementRunner
  /** Whether objects lose their values when their transaction was committed. @defaultValue false */
  readonly expireOnCommit?: boolean | undefined
  /** Whether what was changed is written before anything is read. @defaultValue false */
  readonly autoflush?: boolean | undefined
  /** What hooks are called with. */
  readonly session?: unknown
  /** Hooks of this session. @defaultValue none but those of the mapper */
  readonly events?: ObjectEvents<unknown> | undefined
}

/**
 * The objects of one session: which row each one is, what changed in them, and how that is written (Fowler, Unit of
 * Work and Identity Map). Owned by a session, which tells it how transactions and savepoints end.
 *
 * Objects stay plain: changes are found by comparing them with what the database has.
 *
 * @see SQLAlchemy 2.0, `Session`: states of objects, flushing, rolling back
 * @internal
 */
export class UnitOfWork {
  readonly #mapper: Mapper
  readonly #runner: StatementRunner
  readonly #isExpiringOnCommit: boolean
  readonly #isAutoflushing: boolean
  readonly #objects = new SessionObjects()
  readonly #reader: ObjectReader
  readonly #flush: SessionFlush

  constructor({ mapper, runner, expireOnCommit, autoflush, session, events }: UnitOfWorkOptions) {
    this.#mapper = mapper
    this.#runner = runner
    this.#isExpiringOnCommit = expireOnCommit ?? false
    this.#isAutoflushing = autoflush ?? false
    this.#reader = new ObjectReader({
      mapper,
      runner,
      objects: this.#objects,
      autoflush: () => this.autoflush(),
    })
    this.#flush = new SessionFlush({
      mapper,
      runner,
      objects: this.#objects,
      loader: this.#reader.loader,
      hooks: new FlushHooks(events === undefined ? [mapper.events] : [mapper.events, events], session),
    })
  }

  /**
   * Makes a new row: an object that the next flush inserts. No I/O.
   *
   * What the server is to give (keys, defaults) is undefined until then. An object that `add` gave earlier, and that a
   * rollback or `expunge()` took out, is added again itself; so is one that was marked for deletion.
   */
  add<T extends AnyTable>(table: T, values: NewRow<T>): Row<T> {
    return this.#add(table, values, this.#objects.known(values))
  }

  /** {@link UnitOfWork.add} for each of many. */
  addAll<T extends AnyTable>(table: T, values: Iterable<NewRow<T>>): Row<T>[] {
    const given = [...values]
    // All are looked for before the first is added: looking for one enters those before it in an index of objects.
    const known = given.map((each) => this.#objects.known(each))
    return given.map((each, index) => this.#add(table, each, known[index]))
  }

  /** What a column of an object holds, or will hold once it is flushed: to be given to another object until then. */
  later<R extends object, K extends keyof R & string>(object: R, key: K): R[K] {
    const { mapping } = this.#state(object, 'later()')
    mapping.column(key)
    const value = object[key]
    if (value !== undefined) return value
    this.#flush.hasPendingValues = true
    return new PendingValue(object, key) as R[K]
  }

  /** Marks an object: the next flush deletes its row. No I/O. */
  delete(object: object): void {
    const state = this.#state(object, 'delete()')
    if (state.status === 'pending') throw hasNoRowYet('delete()', state.mapping)
    this.#objects.mark(state)
  }

  /** Queries that give objects, through a Kysely and cursors of the session. */
  queries(source: QuerySource, cursor: CursorReader): ObjectQueries {
    return new ObjectQueries({
      mapper: this.#mapper,
      runner: this.#runner,
      cursor,
      source,
      objects: this.#objects,
      loader: this.#reader.loader,
      autoflush: () => this.autoflush(),
    })
  }

  /** See {@link ObjectReader.get}. */
  get<T extends AnyTable>(table: T, key: RowKey<T>): Promise<Row<T> | undefined> {
    return this.#reader.get(table, key)
  }

  /** See {@link ObjectReader.getOne}. */
  getOne<T extends AnyTable>(table: T, key: RowKey<T>): Promise<Row<T>> {
    return this.#reader.getOne(table, key)
  }

  /**
   * Brings values from elsewhere into the session: onto the object of their row, which is loaded first if need be, or
   * as a new object if there is no such row or no key.
   */
  async merge<T extends AnyTable>(table: T, values: RowValues<T>): Promise<Row<T>> {
    const mapping = this.#mapper.mapping(table)
    const given = mapping.newRow(values)
    if (mapping.identity(given) === undefined) return this.add(table, values as NewRow<T>)
    const object = (await this.get(table, given)) as AnyRow | undefined
    if (object === undefined) return this.add(table, values as NewRow<T>)
    checkMergedVersion(this.#state(object, 'merge()'), values)
    for (const column of mapping.columns) {
      const { key } = column
      const isGiven = (values as AnyRow)[key] !== undefined && !column.isComputed
      if (isGiven && !mapping.primaryKey.includes(column)) object[key] = given[key]
    }
    return object as Row<T>
  }

  /** Reads an object's row again, over what was changed. One statement. */
  async refresh<R extends object>(object: R, columns?: readonly (keyof R & string)[]): Promise<void> {
    await this.autoflush()
    const state = this.#persistent(object, 'refresh()')
    for (const key of columns ?? []) state.mapping.column(key)
    await this.#reader.refresh(state, columns)
  }

  /** Takes values away, all but the key's: reading one throws until it was loaded again or written. No I/O. */
  expire<R extends object>(object: R, columns?: readonly (keyof R & string)[]): void {
    const state = this.#persistent(object, 'expire()')
    for (const key of columns ?? []) state.mapping.column(key)
    expireColumns(state, columns)
  }

  /** {@link UnitOfWork.expire} for every object that has a row. */
  expireAll(): void {
    for (const state of this.#objects.identities.states())
      if (state.status === 'persistent') expireColumns(state)
  }

  /** Takes an object out of the session: what becomes of it is no longer written. No I/O. */
  expunge(object: object): void {
    this.#objects.remove(this.#state(object, 'expunge()'))
  }

  /** {@link UnitOfWork.expunge} for all objects; also what a session does when it is closed. */
  expungeAll(): void {
    this.#objects.clear()
  }

  /** Whether an object is in the session. */
  contains(object: object): boolean {
    return this.#objects.identities.stateOf(object) !== undefined
  }

  /** Whether the next flush would insert or change an object's row. */
  isModified(object: object): boolean {
    const state = this.#state(object, 'isModified()')
    return (
      state.status === 'pending' ||
      changedColumns(state) !== undefined ||
      changedRelations(state) !== undefined
    )
  }

  /** Objects that the next flush inserts. */
  get new(): readonly object[] {
    return this.#objects.pending.map((state) => state.object)
  }

  /** Objects that were changed, or whose relations were. Compares every object with what the database has. */
  get dirty(): readonly object[] {
    return this.#objects.dirty().map((state) => state.object)
  }

  /** Objects whose rows the next flush deletes. */
  get deleted(): readonly object[] {
    return [...this.#objects.marked].map((state) => state.object)
  }

  /** How many objects the next flush would write. Compares every object with what the database has. */
  get unflushed(): { readonly added: number; readonly changed: number; readonly deleted: number } {
    const { pending, marked } = this.#objects
    return { added: pending.length, changed: this.#objects.dirty().length, deleted: marked.size }
  }

  /**
   * Writes everything that was added, changed and deleted. A session calls it before COMMIT and before RELEASE.
   *
   * After a failure part of it may have been written, so nothing more is until a rollback.
   */
  async flush(): Promise<void> {
    await this.#flush.run()
  }

  /** {@link UnitOfWork.flush}, where the session does that before it reads; not from inside a hook of a flush. */
  async autoflush(): Promise<void> {
    if (this.#isAutoflushing && !this.#flush.isInHook) await this.flush()
  }

  /** The session's transaction was committed. */
  afterCommit(): void {
    for (const state of this.#objects.journal.commit())
      if (state.status === 'deleted') state.status = 'detached'
    if (this.#isExpiringOnCommit) this.expireAll()
  }

  /** The session's transaction was rolled back, or what became of it is not known. */
  afterRollback(): void {
    this.#flush.afterRollback()
    this.#objects.rollback()
  }

  /** A savepoint began. */
  beginSavepoint(): SavepointMark {
    const { journal } = this.#objects
    const level = journal.begin(this.#objects.standing())
    const { depth } = journal
    return {
      release: () => {
        journal.release(level)
      },
      rollback: () => {
        if (this.#objects.rollback(level)) this.#flush.afterRollback(depth)
      },
    }
  }

  #add<T extends AnyTable>(table: T, values: NewRow<T>, known: TrackedObject | undefined): Row<T> {
    if (known === undefined) {
      const mapping = this.#mapper.mapping(table)
      const state = new TrackedObject(mapping.newRow(values), mapping, 'pending')
      this.#objects.addPending(state)
      return state.object as Row<T>
    }
    if (known.status === 'transient') this.#objects.addPending(known)
    else this.#objects.unmark(known)
    return known.object as Row<T>
  }

  #state(object: object, attempted: string): TrackedObject {
    const state = this.#objects.identities.stateOf(object)
    if (state !== undefined) return state
    throw notInSession(attempted)
  }

  #persistent(object: object, attempted: string): TrackedObject {
    const state = this.#state(object, attempted)
    if (state.status === 'persistent') return state
    throw hasNoRowYet(attempted, state.mapping)
  }
}
