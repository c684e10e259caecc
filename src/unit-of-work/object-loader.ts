import { setColumn } from './expired-column.js'
import type { IdentityMap } from './identity-map.js'
import type { AnyRow } from './row.js'
import { copyValue } from './same-value.js'
import type { TableMapping } from './table-mapping.js'
import { TrackedObject } from './tracked-object.js'

/**
 * Makes rows from the server into objects: each row that the session has already is the object it has.
 *
 * @internal
 */
export class ObjectLoader {
  readonly #identities: IdentityMap

  constructor(identities: IdentityMap) {
    this.#identities = identities
  }

  /**
   * Takes a row in. An object that the session has keeps its values, changed or not, unless they were in doubt.
   *
   * @param values - The row's values, in the order of the table's columns, as the driver read them.
   * @param offset - Where they begin.
   * @param isFresh - Whether they replace those of an object that the session has, changed or not.
   */
  take(mapping: TableMapping, values: unknown[], offset = 0, isFresh = false): TrackedObject {
    mapping.decodeValues(values, offset)
    const identity = mapping.identityOf(values, offset)
    const known = identity === undefined ? undefined : this.#identities.find(mapping, identity)
    if (known !== undefined) {
      if (known.isStale || isFresh) this.overwrite(known, mapping.objectFrom(values, offset))
      return known
    }
    const state = new TrackedObject(mapping.objectFrom(values, offset), mapping, 'persistent')
    state.snapshot = mapping.snapshotFrom(values, offset)
    this.#identities.add(state)
    this.#identities.setIdentity(state, identity)
    return state
  }

  /** Gives an object the values of its row. Precondition: the row was decoded. */
  overwrite(state: TrackedObject, row: AnyRow, columns?: readonly string[]): void {
    const { mapping } = state
    const snapshot = { ...state.snapshot }
    for (const key of columns ?? mapping.columns.map((column) => column.key)) {
      setColumn(state, key, row[key])
      snapshot[key] = copyValue(row[key])
    }
    state.snapshot = snapshot
    if (columns === undefined || state.expired === undefined) state.isStale = false
  }
}
