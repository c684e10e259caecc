import type { TableMapping } from './table-mapping.js'
import type { TrackedObject } from './tracked-object.js'

/**
 * The objects of one session: one for each row (Fowler, Identity Map), and those that have no row yet.
 *
 * @internal
 */
export class IdentityMap {
  readonly #stateByObject = new Map<object, TrackedObject>()
  readonly #statesByTable = new Map<TableMapping, Map<string, TrackedObject>>()

  get size(): number {
    return this.#stateByObject.size
  }

  /** All objects, in the order in which they came. */
  states(): IterableIterator<TrackedObject> {
    return this.#stateByObject.values()
  }

  stateOf(object: object): TrackedObject | undefined {
    return this.#stateByObject.get(object)
  }

  /** The object of a row. */
  find(mapping: TableMapping, identity: string): TrackedObject | undefined {
    return this.#statesByTable.get(mapping)?.get(identity)
  }

  add(state: TrackedObject): void {
    this.#stateByObject.set(state.object, state)
  }

  /** Makes the object that of its row. Precondition: it was added. */
  setIdentity(state: TrackedObject, identity: string | undefined): void {
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
    this.#stateByObject.delete(state.object)
  }

  clear(): void {
    this.#stateByObject.clear()
    this.#statesByTable.clear()
  }
}
