import type { AnyTable, TableDefinition } from '../metadata/table.js'
import type { Row } from './row.js'

/** The objects of one flush. */
export interface FlushedObjects {
  /** Those that it inserts. */
  readonly new: readonly object[]
  /** Those whose rows it changes. */
  readonly dirty: readonly object[]
  /** Those whose rows it deletes. */
  readonly deleted: readonly object[]
}

/** Called around a flush. Awaited. */
export type FlushHook<S> = (session: S, objects: FlushedObjects) => Promise<void> | void

/** Called for one object before its row is written. Awaited. */
export type RowHook<S, R> = (object: R, session: S) => Promise<void> | void

/** Called for one object before its row is changed; `columns` are the keys of those that differ. Awaited. */
export type UpdateHook<S, R> = (object: R, session: S, columns: readonly string[]) => Promise<void> | void

/** What a hook of rows is called for. @internal */
export type RowEvent = 'delete' | 'insert' | 'update'

/**
 * What is to happen around the flushes of a session, or of all sessions of a database. Registering does no I/O; each
 * method gives a function that takes the hook out again. What a hook throws, `flush()` and `commit()` throw; hooks that
 * come before the write stop it.
 *
 * @example
 * ```ts ignore -- needs tables of the application
 * database.events.beforeUpdate(notes, (note) => {
 *   note.changedAt = new Date()
 * })
 * ```
 * @see SQLAlchemy 2.0, `SessionEvents.before_flush`, `MapperEvents.before_insert`
 */
export class ObjectEvents<S> {
  readonly #before = new Set<FlushHook<S>>()
  readonly #after = new Set<FlushHook<S>>()
  readonly #rows: Readonly<Record<RowEvent, Map<TableDefinition, Set<UpdateHook<S, never>>>>> = {
    delete: new Map(),
    insert: new Map(),
    update: new Map(),
  }
  readonly #check: (table: AnyTable) => void

  /** @internal Use `database.events` or `session.events`. */
  constructor(check: (table: AnyTable) => void) {
    this.#check = check
  }

  /**
   * Before a flush that has something to write. The hook may add, change and delete objects of the session, and run
   * queries.
   *
   * @param hook - Gets the session and what is to be written.
   */
  beforeFlush(hook: FlushHook<S>): () => void {
    return added(this.#before, hook)
  }

  /**
   * When everything of a flush was written, inside the transaction. What the hook changes is for the next flush.
   *
   * @param hook - Gets the session and what was written.
   */
  afterFlush(hook: FlushHook<S>): () => void {
    return added(this.#after, hook)
  }

  /**
   * Before a row is inserted; after `beforeFlush`. The hook may change the object's own columns.
   *
   * @param table - The table.
   * @param hook - Gets the object and the session.
   * @throws {@link UsageError} if the metadata has no such table.
   */
  beforeInsert<T extends AnyTable>(table: T, hook: RowHook<S, Row<T>>): () => void {
    return this.#addRowHook('insert', table, hook)
  }

  /**
   * Before a row is changed. The hook may change the object's own columns, and thereby which are written.
   *
   * @param table - The table.
   * @param hook - Gets the object, the session, and the keys of the columns that differ.
   * @throws {@link UsageError} if the metadata has no such table.
   */
  beforeUpdate<T extends AnyTable>(table: T, hook: UpdateHook<S, Row<T>>): () => void {
    return this.#addRowHook('update', table, hook)
  }

  /**
   * Before a row is deleted, by `delete()` or by a cascade of the unit of work.
   *
   * @param table - The table.
   * @param hook - Gets the object and the session.
   * @throws {@link UsageError} if the metadata has no such table.
   */
  beforeDelete<T extends AnyTable>(table: T, hook: RowHook<S, Row<T>>): () => void {
    return this.#addRowHook('delete', table, hook)
  }

  /** Whether there is any hook. @internal */
  get isEmpty(): boolean {
    const { insert, update, delete: deletion } = this.#rows
    return this.#before.size + this.#after.size + insert.size + update.size + deletion.size === 0
  }

  /** The hooks around a flush. @internal */
  flushHooks(when: 'after' | 'before'): Iterable<FlushHook<S>> {
    return when === 'before' ? this.#before : this.#after
  }

  /** The hooks of a table's rows. @internal */
  rowHooks(event: RowEvent, definition: TableDefinition): Iterable<UpdateHook<S, never>> {
    return this.#rows[event].get(definition) ?? []
  }

  #addRowHook(event: RowEvent, table: AnyTable, hook: UpdateHook<S, never>): () => void {
    this.#check(table)
    const hooks = this.#rows[event].get(table.$) ?? new Set()
    this.#rows[event].set(table.$, hooks)
    return added(hooks, hook)
  }
}

function added<Hook>(hooks: Set<Hook>, hook: Hook): () => void {
  hooks.add(hook)
  return () => {
    hooks.delete(hook)
  }
}
