import type { Key } from './key-of.js'
import type { TrackedObject } from './tracked-object.js'

/**
 * The objects of one table by what identifies their rows.
 *
 * Rows mostly come in the order of their keys, and each is looked for before it is entered: as long as every key is
 * above all that came before, that it is so is all there is to know. The map is made by the first that is not.
 *
 * @internal
 */
export class RowIndex {
  readonly #members: () => Iterable<TrackedObject>
  #highest: number | undefined
  #stateByKey: Map<Key, TrackedObject> | undefined

  /** @param members - Gives the objects of the table that have an identity. */
  constructor(members: () => Iterable<TrackedObject>) {
    this.#members = members
  }

  find(identity: Key): TrackedObject | undefined {
    return this.#isNext(identity) ? undefined : this.#map().get(identity)
  }

  /** Precondition: the object is a member, of this identity. */
  set(identity: Key, state: TrackedObject): void {
    if (this.#isNext(identity)) this.#highest = identity
    else this.#map().set(identity, state)
  }

  /** Precondition: the object is a member still. Another one that has taken its place stays. */
  delete(identity: Key, state: TrackedObject): void {
    const states = this.#map()
    if (states.get(identity) === state) states.delete(identity)
  }

  #isNext(identity: Key): identity is number {
    if (this.#stateByKey !== undefined || typeof identity !== 'number') return false
    return this.#highest === undefined || identity > this.#highest
  }

  #map(): Map<Key, TrackedObject> {
    if (this.#stateByKey === undefined) {
      this.#stateByKey = new Map()
      for (const state of this.#members()) this.#stateByKey.set(state.identity as Key, state)
    }
    return this.#stateByKey
  }
}
