import { expireColumns, setColumn } from './expired-column.js'
import { currentValue } from './relation-keys.js'
import type { SessionObjects } from './session-objects.js'
import type { TrackedObject } from './tracked-object.js'

interface ColumnEdit {
  readonly state: TrackedObject
  readonly key: string
  readonly before: unknown
  readonly wasExpired: boolean
  readonly value: unknown
}

/**
 * What relations have set in objects, so that it can be taken back: a hook may change the relations before it is
 * written.
 *
 * @internal
 */
export class RelationEdits {
  readonly #objects: SessionObjects
  readonly #columns: ColumnEdit[] = []
  readonly #marked: TrackedObject[] = []
  readonly #dropped: TrackedObject[] = []

  constructor(objects: SessionObjects) {
    this.#objects = objects
  }

  /** Gives a column a value. */
  set(state: TrackedObject, key: string, value: unknown): void {
    const wasExpired = state.expired?.has(key) === true
    this.#columns.push({ state, key, before: currentValue(state, key), wasExpired, value })
    setColumn(state, key, value)
  }

  /** Deletes an object with the flush; one that has no row yet leaves the session. */
  delete(state: TrackedObject): void {
    if (state.status === 'pending') {
      this.#dropped.push(state)
      this.#objects.remove(state)
    } else if (!state.isMarked) {
      this.#marked.push(state)
      this.#objects.mark(state)
    }
  }

  /** Takes everything back but columns that were set anew meanwhile. */
  undo(): void {
    for (const { state, key, before, wasExpired, value } of this.#columns.reverse()) {
      if (state.expired?.has(key) === true || state.object[key] !== value) continue
      if (wasExpired) expireColumns(state, [key])
      else state.object[key] = before
    }
    for (const state of this.#marked) this.#objects.unmark(state)
    for (const state of this.#dropped) if (state.status === 'transient') this.#objects.addPending(state)
  }
}
