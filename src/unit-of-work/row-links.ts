import type { ColumnMapping } from './column-mapping.js'
import type { IdentityMap } from './identity-map.js'
import { PendingValue } from './pending-value.js'
import type { ForeignKeyMapping, TableMapping } from './table-mapping.js'
import type { TrackedObject } from './tracked-object.js'

/**
 * That a row points at another one of the same flush.
 *
 * @internal
 */
export interface RowLink {
  readonly target: TrackedObject
  /** The foreign key it points with; undefined where a value is only borrowed. */
  readonly foreignKey: ForeignKeyMapping | undefined
  /** The value is not known before the target is written. */
  readonly isPending: boolean
}

/** Finds what rows point at, among those of one flush. @internal */
export class RowLinks {
  readonly #members: ReadonlySet<TrackedObject>
  readonly #identities: IdentityMap
  readonly #valueOf: (state: TrackedObject, column: ColumnMapping) => unknown
  readonly #indexes = new Map<ForeignKeyMapping, ReadonlyMap<string, TrackedObject>>()
  readonly #tables: ReadonlySet<TableMapping>

  /**
   * @param members - The rows of the flush that are looked at.
   * @param identities - Where objects are found.
   * @param valueOf - The value that counts: that of the object, or the one that the database has.
   */
  constructor(
    members: readonly TrackedObject[],
    identities: IdentityMap,
    valueOf: (state: TrackedObject, column: ColumnMapping) => unknown,
  ) {
    this.#members = new Set(members)
    this.#tables = new Set(members.map((state) => state.mapping))
    this.#identities = identities
    this.#valueOf = valueOf
  }

  /** What a row points at, as far as it is a member. */
  of(state: TrackedObject): RowLink[] {
    const links: RowLink[] = []
    const seen = new Set<PendingValue>()
    for (const foreignKey of state.mapping.foreignKeys) {
      if (!this.#tables.has(foreignKey.target)) continue
      const values = foreignKey.columns.map((column) => this.#valueOf(state, column))
      const pending = values.find((value) => value instanceof PendingValue)
      if (pending !== undefined) {
        seen.add(pending)
        this.#link(links, this.#identities.stateOf(pending.source), foreignKey, true)
      } else if (!values.some((value) => value === null || value === undefined)) {
        this.#link(links, this.#indexOf(foreignKey).get(keyText(values)), foreignKey, false)
      }
    }
    for (const column of state.mapping.columns) {
      const value = this.#valueOf(state, column)
      if (value instanceof PendingValue && !seen.has(value))
        this.#link(links, this.#identities.stateOf(value.source), undefined, true)
    }
    return links
  }

  #link(
    links: RowLink[],
    target: TrackedObject | undefined,
    foreignKey: ForeignKeyMapping | undefined,
    isPending: boolean,
  ): void {
    if (target !== undefined && this.#members.has(target)) links.push({ target, foreignKey, isPending })
  }

  /** The members of a table by the columns that a foreign key points at. */
  #indexOf(foreignKey: ForeignKeyMapping): ReadonlyMap<string, TrackedObject> {
    const known = this.#indexes.get(foreignKey)
    if (known !== undefined) return known
    const index = new Map<string, TrackedObject>()
    for (const state of this.#members) {
      if (state.mapping !== foreignKey.target) continue
      index.set(keyText(foreignKey.targetColumns.map((column) => this.#valueOf(state, column))), state)
    }
    this.#indexes.set(foreignKey, index)
    return index
  }
}

/** 1, 1n and '1' are one key: a reference may be declared to read otherwise than what it points at. */
function keyText(values: readonly unknown[]): string {
  return values
    .map((value) => {
      const text = value instanceof Date ? value.toISOString() : String(value)
      return `${text.length}:${text}`
    })
    .join('')
}
