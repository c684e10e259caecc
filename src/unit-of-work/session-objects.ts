import { changedColumns } from './changed-columns.js'
import { changedRelations, restoreRelations, type LoadedValue } from './loaded-relations.js'
import type { ChangedObject } from './update-writer.js'
import { IdentityMap } from './identity-map.js'
import type { RowList } from './row.js'
import { copyValue } from './same-value.js'
import type { TrackedObject } from './tracked-object.js'
import { restoreValues, TransactionJournal, type JournalLevel, type Standing } from './transaction-journal.js'

/**
 * The objects of a session by what is to become of them: new ones, changed ones, those to be deleted; and how all of
 * them return to what they were.
 *
 * @internal
 */
export class SessionObjects {
  readonly identities = new IdentityMap()
  readonly journal = new TransactionJournal()
  /** Objects that were new once and are in no session now: they can be added again as they are. */
  readonly #transient = new WeakMap<object, TrackedObject>()
  #pending: TrackedObject[] = []
  #marked = new Set<TrackedObject>()

  /** New objects, in the order in which they were added. */
  get pending(): readonly TrackedObject[] {
    return this.#pending
  }

  /** Objects to be deleted by the next flush. */
  get marked(): ReadonlySet<TrackedObject> {
    return this.#marked
  }

  /** An object of this session, or one that a rollback or expunge() made new again. */
  known(object: object): TrackedObject | undefined {
    return this.identities.stateOf(object) ?? this.#transient.get(object)
  }

  addPending(state: TrackedObject): void {
    state.status = 'pending'
    this.identities.add(state)
    this.#pending.push(state)
  }

  mark(state: TrackedObject): void {
    state.isMarked = true
    this.#marked.add(state)
  }

  unmark(state: TrackedObject): void {
    state.isMarked = false
    this.#marked.delete(state)
  }

  /** Rows that differ from what the database has. Looks at every object. */
  changes(): ChangedObject[] {
    const changes: ChangedObject[] = []
    for (const state of this.identities.states()) {
      if (state.status !== 'persistent' || state.isMarked) continue
      const columns = changedColumns(state)
      if (columns !== undefined) changes.push({ state, columns })
    }
    return changes
  }

  /** Objects with changed columns, or with changed relations. Looks at every object. */
  dirty(): TrackedObject[] {
    return this.identities
      .states()
      .filter(
        (state) =>
          state.status === 'persistent' &&
          !state.isMarked &&
          (changedColumns(state) !== undefined || changedRelations(state) !== undefined),
      )
  }

  /** A flush has ended: what it wrote is neither new nor to be deleted. */
  afterFlush(): void {
    this.#pending = this.#pending.filter((state) => state.status === 'pending')
    for (const state of this.#marked) if (!state.isMarked) this.#marked.delete(state)
  }

  /** Takes an object out of the session. */
  remove(state: TrackedObject): void {
    this.identities.remove(state)
    this.unmark(state)
    if (state.status === 'pending') {
      this.#pending = this.#pending.filter((each) => each !== state)
      state.status = 'transient'
      this.#transient.set(state.object, state)
    } else {
      state.status = 'detached'
    }
  }

  clear(): void {
    for (const state of this.identities.states())
      state.status = state.status === 'pending' ? 'transient' : 'detached'
    this.identities.clear()
    this.#pending = []
    this.#marked.clear()
  }

  /** How the objects stand now, beyond what the database knows; what a savepoint begins with. */
  standing(): Standing {
    const pending = this.#pending.map((state) => [state, state.mapping.snapshot(state.object)] as const)
    const changes = this.changes().map(({ state, columns }) => {
      const values: RowList = []
      for (const { key, index } of columns) values[index] = copyValue(state.object[key])
      return [state, values] as const
    })
    const relations = new Map<TrackedObject, Readonly<Record<string, LoadedValue>>>()
    for (const state of this.identities.states()) {
      const changed = changedRelations(state)
      if (changed !== undefined) relations.set(state, changed)
    }
    return { pending: new Map(pending), changes: new Map(changes), marked: new Set(this.#marked), relations }
  }

  /**
   * Puts the objects back to what they were when a savepoint, or without one the transaction, began: new ones leave
   * the session, deleted ones come back, values are what they were. What is loaded later overwrites them.
   *
   * @returns Whether the savepoint was still open.
   */
  rollback(savepoint?: JournalLevel): boolean {
    const undone = this.journal.rollback(this.identities, savepoint)
    if (undone === undefined) return false
    const { inserted, standing } = undone
    for (const state of inserted) {
      if (state.status === 'transient') this.#transient.set(state.object, state)
    }
    this.#restore(standing)
    return true
  }

  #restore({ pending, changes, marked, relations }: Standing): void {
    const removed = this.#pending.filter((state) => !pending.has(state))
    this.#pending = [...pending.keys()].filter((state) => state.status === 'pending')
    this.#marked = new Set([...marked].filter((state) => state.status === 'persistent'))
    for (const state of removed) if (state.status === 'pending') this.remove(state)
    for (const state of this.identities.states()) {
      state.isMarked = this.#marked.has(state)
      // Whatever was read in what was undone may never have been committed.
      state.isStale = state.status === 'persistent'
      restoreValues(state, pending.get(state) ?? changes.get(state))
      restoreRelations(state, relations.get(state))
    }
  }
}
