import type { Key } from './key-of.js'
import { RowIndex } from './row-index.js'
import type { TableMapping } from './table-mapping.js'
import type { TrackedObject } from './tracked-object.js'

/** So many places of objects that have left are kept before the list is written anew. */
const FEW = 64

/**
 * The objects of one session: one for each row (Fowler, Identity Map), and those that have no row yet.
 *
 * @internal
 */
export class IdentityMap {
  #states: TrackedObject[] = []
  /** How many of the list have left. */
  #absent = 0
  /** Sessions that only read need no other index than that by row: the objects are entered when one is looked for. */
  #stateByObject: Map<object, TrackedObject> | undefined
  /** How many of the list are entered in it. */
  #entered = 0
  readonly #indexByTable = new Map<TableMapping, RowIndex>()
  /** The table that was asked for last, and its index: rows of one table follow each other. */
  #lastTable: TableMapping | undefined
  #lastIndex: RowIndex | undefined

  get size(): number {
    return this.#states.length - this.#absent
  }

  /** All objects, in the order in which they came. Those that leave meanwhile stay in the list that was given. */
  states(): readonly TrackedObject[] {
    if (this.#absent > 0) this.#closeRanks()
    return this.#states
  }

  stateOf(object: object): TrackedObject | undefined {
    if (this.#entered < this.#states.length) this.#enterAll()
    return this.#stateByObject?.get(object)
  }

  /** The object of a row. */
  find(mapping: TableMapping, identity: Key): TrackedObject | undefined {
    return this.#indexOf(mapping).find(identity)
  }

  add(state: TrackedObject): void {
    if (state.place === 'nowhere') this.#states.push(state)
    if (state.place === 'left') {
      this.#absent--
      this.#stateByObject?.set(state.object, state)
    }
    state.place = 'listed'
  }

  /** Makes the object that of its row. Precondition: it was added. */
  setIdentity(state: TrackedObject, identity: Key | undefined): void {
    this.clearIdentity(state)
    state.identity = identity
    if (identity !== undefined) this.#indexOf(state.mapping).set(identity, state)
  }

  /** The object is no longer that of its row. */
  clearIdentity(state: TrackedObject): void {
    if (state.identity === undefined) return
    this.#indexOf(state.mapping).delete(state.identity, state)
    state.identity = undefined
  }

  remove(state: TrackedObject): void {
    this.clearIdentity(state)
    this.#stateByObject?.delete(state.object)
    if (state.place !== 'listed') return
    state.place = 'left'
    this.#absent++
    if (this.#absent > FEW && this.#absent * 2 > this.#states.length) this.#closeRanks()
  }

  clear(): void {
    for (const state of this.#states) state.place = 'nowhere'
    this.#states = []
    this.#absent = 0
    this.#stateByObject = undefined
    this.#entered = 0
    this.#indexByTable.clear()
    this.#lastIndex = undefined
  }

  #enterAll(): void {
    this.#stateByObject ??= new Map()
    for (; this.#entered < this.#states.length; this.#entered++) {
      const state = this.#states[this.#entered] as TrackedObject
      if (state.place === 'listed') this.#stateByObject.set(state.object, state)
    }
  }

  #indexOf(mapping: TableMapping): RowIndex {
    if (this.#lastIndex !== undefined && this.#lastTable === mapping) return this.#lastIndex
    let index = this.#indexByTable.get(mapping)
    if (index === undefined) this.#indexByTable.set(mapping, (index = this.#newIndex(mapping)))
    this.#lastTable = mapping
    this.#lastIndex = index
    return index
  }

  #newIndex(mapping: TableMapping): RowIndex {
    return new RowIndex(() =>
      this.#states.filter((state) => state.mapping === mapping && state.identity !== undefined),
    )
  }

  #closeRanks(): void {
    for (const state of this.#states) if (state.place === 'left') state.place = 'nowhere'
    this.#states = this.#states.filter((state) => state.place === 'listed')
    this.#absent = 0
    this.#entered = 0
  }
}
