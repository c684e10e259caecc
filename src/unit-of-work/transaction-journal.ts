import type { ColumnMapping } from './column-mapping.js'
import { setColumn } from './expired-column.js'
import type { IdentityMap } from './identity-map.js'
import type { Key } from './key-of.js'
import type { LoadedValue } from './loaded-relations.js'
import type { RowList } from './row.js'
import { copyValue, isSameValue } from './same-value.js'
import type { TrackedObject } from './tracked-object.js'

/** What a flush replaced in an object, to be put back by a rollback. */
interface Replacement {
  readonly state: TrackedObject
  readonly key: string
  readonly value: unknown
}

/** What a relation had before a flush wrote it. */
interface WrittenRelation {
  readonly state: TrackedObject
  readonly name: string
  readonly value: LoadedValue | undefined
}

/** Objects that were inserted together, and the columns that they had left to the server. */
interface Insertion {
  readonly states: readonly TrackedObject[]
  readonly left: readonly ColumnMapping[]
}

/** How the objects stood when a savepoint began, beyond what the database knows. */
export interface Standing {
  readonly pending: ReadonlyMap<TrackedObject, Readonly<RowList>>
  readonly changes: ReadonlyMap<TrackedObject, Readonly<RowList>>
  readonly marked: ReadonlySet<TrackedObject>
  /** What relations held beyond what was loaded or written. */
  readonly relations: ReadonlyMap<TrackedObject, Readonly<Record<string, LoadedValue>>>
}

/** What happened to the objects since a transaction or savepoint began. @internal */
export class JournalLevel {
  readonly standing: Standing | undefined
  readonly inserted: Insertion[] = []
  readonly deleted: (readonly TrackedObject[])[] = []
  /** Lists, each as long as a flush may be, are kept as they are: a call may not have that many arguments. */
  replaced: Replacement[] = []
  relations: WrittenRelation[] = []
  /** The first snapshot that was replaced, and the identity that went with it. */
  readonly snapshots = new Map<TrackedObject, { readonly snapshot: RowList; readonly identity: Key }>()

  constructor(standing?: Standing) {
    this.standing = standing
  }

  /** Takes over what happened in a savepoint that was released. */
  absorb(inner: JournalLevel): void {
    this.inserted.push(...inner.inserted)
    this.deleted.push(...inner.deleted)
    this.replaced = this.replaced.concat(inner.replaced)
    this.relations = this.relations.concat(inner.relations)
    for (const [state, old] of inner.snapshots) if (!this.snapshots.has(state)) this.snapshots.set(state, old)
  }
}

const NOTHING: Standing = {
  pending: new Map(),
  changes: new Map(),
  marked: new Set(),
  relations: new Map(),
}

/**
 * What the flushes of a transaction did to the objects, so that a rollback can undo it in them as the server undoes it
 * in the rows.
 *
 * @internal
 */
export class TransactionJournal {
  #levels: JournalLevel[] = [new JournalLevel()]

  /** How many savepoints are open. */
  get depth(): number {
    return this.#levels.length - 1
  }

  get #top(): JournalLevel {
    return this.#levels[this.#levels.length - 1] as JournalLevel
  }

  noteInserted(states: readonly TrackedObject[], left: readonly ColumnMapping[]): void {
    this.#top.inserted.push({ states, left })
  }

  noteDeleted(states: readonly TrackedObject[]): void {
    this.#top.deleted.push(states)
  }

  /** Precondition: called before the snapshot is replaced. */
  noteSnapshot(state: TrackedObject): void {
    const { snapshots } = this.#top
    const { snapshot, identity } = state
    if (snapshot !== undefined && identity !== undefined && !snapshots.has(state))
      snapshots.set(state, { snapshot, identity })
  }

  /** Precondition: called before the value is replaced. */
  noteReplaced(state: TrackedObject, key: string): void {
    this.#top.replaced.push({ state, key, value: state.object[key] })
  }

  /** A relation was written: that is what it counts as loaded with from now on. */
  noteRelation(state: TrackedObject, name: string, value: LoadedValue): void {
    this.#top.relations.push({ state, name, value: state.relations?.[name] })
    state.relations = { ...state.relations, [name]: value }
  }

  /** Begins a savepoint inside what is open. */
  begin(standing: Standing): JournalLevel {
    const level = new JournalLevel(standing)
    this.#levels.push(level)
    return level
  }

  /** Keeps what happened since a savepoint, and since those inside it. Nothing happens if it has ended already. */
  release(level: JournalLevel): void {
    const index = this.#levels.indexOf(level)
    if (index > 0) this.#merge(index)
  }

  /** The transaction was committed: nothing can be undone any more. Gives the objects whose rows are gone for good. */
  commit(): readonly TrackedObject[] {
    this.#merge(1)
    const { deleted } = this.#top
    this.#levels = [new JournalLevel()]
    return deleted.flat()
  }

  /**
   * Undoes in the objects what happened since a savepoint, or since the transaction began.
   *
   * @param identities - Where the objects are.
   * @param savepoint - The savepoint; the whole transaction without it.
   * @returns How the objects stood then, and those that were inserted since; undefined if the savepoint has ended
   * already.
   */
  rollback(
    identities: IdentityMap,
    savepoint?: JournalLevel,
  ): { readonly standing: Standing; readonly inserted: readonly TrackedObject[] } | undefined {
    const index = savepoint === undefined ? 0 : this.#levels.indexOf(savepoint)
    if (index === -1) return undefined
    this.#merge(index + 1)
    const level = this.#levels.pop() as JournalLevel
    if (this.#levels.length === 0) this.#levels = [new JournalLevel()]
    const standing = level.standing ?? NOTHING
    for (const { state, name, value } of level.relations.reverse()) undoRelation(state, name, value)
    for (const { states, left } of level.inserted)
      for (const state of states) undoInsert(state, left, standing, identities)
    for (const { state, key, value } of level.replaced.reverse()) {
      if (state.status !== 'detached') setColumn(state, key, value)
    }
    for (const [state, old] of level.snapshots) undoUpdate(state, old, identities)
    for (const state of level.deleted.flat()) undoDelete(state, identities)
    return { standing, inserted: level.inserted.flatMap(({ states }) => states) }
  }

  /** Makes the levels from an index on part of the one below them. */
  #merge(index: number): void {
    while (this.#levels.length > index) {
      const inner = this.#levels.pop() as JournalLevel
      this.#top.absorb(inner)
    }
  }
}

function undoRelation(state: TrackedObject, name: string, value: LoadedValue | undefined): void {
  if (value !== undefined) state.relations = { ...state.relations, [name]: value }
  else if (state.relations !== undefined) Reflect.deleteProperty(state.relations, name)
}

function undoInsert(
  state: TrackedObject,
  left: readonly ColumnMapping[],
  standing: Standing,
  identities: IdentityMap,
): void {
  // Expunged meanwhile: no longer the session's to change.
  if (state.status === 'detached') return
  for (const { key, initial } of left) setColumn(state, key, initial)
  state.snapshot = undefined
  state.isMarked = false
  state.isStale = false
  if (standing.pending.has(state)) {
    identities.clearIdentity(state)
    identities.add(state)
    state.status = 'pending'
  } else {
    identities.remove(state)
    state.status = 'transient'
  }
}

function undoUpdate(
  state: TrackedObject,
  old: { readonly snapshot: RowList; readonly identity: Key },
  identities: IdentityMap,
): void {
  // What was inserted in the same transaction has no row to return to.
  if (state.snapshot === undefined || state.status === 'detached') return
  state.snapshot = old.snapshot
  if (state.identity !== old.identity) identities.setIdentity(state, old.identity)
}

function undoDelete(state: TrackedObject, identities: IdentityMap): void {
  if (state.status !== 'deleted' || state.snapshot === undefined) return
  state.status = 'persistent'
  identities.add(state)
  identities.setIdentity(state, state.mapping.identityOf(state.snapshot))
}

/**
 * Gives an object the values of its snapshot, and then the changes that it had.
 *
 * @internal
 */
export function restoreValues(state: TrackedObject, changes: Readonly<RowList> | undefined): void {
  const { object, mapping, expired, snapshot } = state
  for (const { key, index } of mapping.columns) {
    const values = changes !== undefined && index in changes ? changes : snapshot
    if (expired?.has(key) === true || values === undefined) continue
    if (!isSameValue(object[key], values[index])) object[key] = copyValue(values[index])
  }
}
