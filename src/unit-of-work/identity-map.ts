import type { Key } from './key-of.js'
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
  /** Made when an object is looked for: sessions that only read need no other index than that by row. */
  #stateByObject: Map<object, TrackedObject> | undefined
  readonly #statesByTable = new Map<TableMapping, Map<Key, TrackedObject>>()

  get size(): number {
    return this.#states.length - this.#absent
  }

  /** All objects, in the order in which they came. Those that leave meanwhile stay in the list that was given. */
  states(): readonly TrackedObject[] {
    if (this.#absent > 0) this.#closeRanks()
    return this.#states
  }

  stateOf(object: object): TrackedObject | undefined {
    this.#stateByObject ??= new Map(this.states().map((state) => [state.object, state]))
    return this.#stateByObject.get(object)
  }

  /** The object of a row. */
  find(mapping: TableMapping, identity: Key): TrackedObject | undefined {
    return this.#statesByTable.get(mapping)?.get(identity)
  }

  add(state: TrackedObject): void {
    if (state.place === 'nowhere') this.#states.push(state)
    if (state.place === 'left') this.#absent--
    state.place = 'listed'
    this.#stateByObject?.set(state.object, state)
  }

  /** Makes the object that of its row. Precondition: it was added. */
  setIdentity(state: TrackedObject, identity: Key | undefined): void {
    this.clearIdentity(state)
    state.identity = identity
    if (identity === undefined) return
    const states = this.#statesByTable.get(state.mapping)
    if (states === undefined) this.#statesByTable.set(state.mapping, new Map([[identity, state]]))
    else states.set(identity, state)
  }

  /** The object is no longer that of its row. */
  clearIdentity(state: TrackedObject): void {
    if (state.identity === undefined) return
    const states = this.#statesByTable.get(state.mapping)
    if (states?.get(state.identity) === state) states.delete(state.identity)
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
    this.#statesByTable.clear()
  }

  #closeRanks(): void {
    for (const state of this.#states) if (state.place === 'left') state.place = 'nowhere'
    this.#states = this.#states.filter((state) => state.place === 'listed')
    this.#absent = 0
  }
}
