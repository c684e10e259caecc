import { setColumn } from './expired-column.js'
import type { IdentityMap } from './identity-map.js'
import type { RowList } from './row.js'
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
  take(mapping: TableMapping, values: RowList, offset = 0, isFresh = false): TrackedObject {
    mapping.decodeValues(values, offset)
    const identity = mapping.identityOf(values, offset)
    const known = identity === undefined ? undefined : this.#identities.find(mapping, identity)
    if (known !== undefined) {
      if (known.isStale || isFresh) this.overwrite(known, rowOf(mapping, values, offset))
      return known
    }
    const snapshot = rowOf(mapping, values, offset)
    const state = new TrackedObject(mapping.objectOf(snapshot), mapping, 'persistent')
    state.snapshot = snapshot
    this.#identities.add(state)
    this.#identities.setIdentity(state, identity)
    return state
  }

  /** {@link ObjectLoader.take} for each of many. */
  takeAll(
    mapping: TableMapping,
    rows: readonly RowList[],
    offset: number,
    isFresh: boolean,
  ): readonly TrackedObject[] {
    const states = new Array<TrackedObject>(rows.length)
    for (let index = 0; index < rows.length; index++)
      states[index] = this.take(mapping, rows[index] as RowList, offset, isFresh)
    return states
  }

  /** Gives an object the values of its row. Precondition: the row was decoded. */
  overwrite(state: TrackedObject, row: Readonly<RowList>, columns?: readonly string[]): void {
    const { mapping } = state
    const snapshot = state.snapshot?.slice() ?? []
    for (const { key, index } of columns?.map((each) => mapping.column(each)) ?? mapping.columns) {
      setColumn(state, key, row[index])
      snapshot[index] = copyValue(row[index])
    }
    state.snapshot = snapshot
    if (columns === undefined || state.expired === undefined) state.isStale = false
  }
}

/** The values of one row: all that there are, or a part. The list of the driver is nobody else's, so it need not be copied. */
function rowOf({ columns }: TableMapping, values: RowList, offset: number): RowList {
  return values.length === columns.length ? values : values.slice(offset, offset + columns.length)
}
