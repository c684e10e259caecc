import { bulkValues } from './bulk-values.js'
import type { ColumnMapping } from './column-mapping.js'
import { keyOfAll, type Key } from './key-of.js'
import type { RelationMapping } from './relation-mapping.js'
import type { TrackedObject } from './tracked-object.js'

/** Objects that have the same values in a relation's columns, and what was found for them. @internal */
export interface RelationSlot {
  readonly parents: readonly TrackedObject[]
  readonly found: object[]
}

/** The parents of a relation by what they have in its columns: each key is asked for once. @internal */
export class RelationKeys {
  readonly #relation: RelationMapping
  readonly #slots = new Map<Key, { readonly parents: TrackedObject[]; readonly found: object[] }>()
  readonly #values: (readonly unknown[])[] = []

  constructor(relation: RelationMapping) {
    this.#relation = relation
  }

  /** Adds a parent; gives back false for one that points at nothing, because one of its columns is NULL. */
  add(parent: TrackedObject): boolean {
    const values = this.#relation.local.map(({ key }) => currentValue(parent, key))
    const key = keyOfAll(values)
    if (key === undefined) return false
    const slot = this.#slots.get(key)
    if (slot === undefined) {
      this.#slots.set(key, { parents: [parent], found: [] })
      this.#values.push(values)
    } else {
      slot.parents.push(parent)
    }
    return true
  }

  /** How many different keys there are. */
  get count(): number {
    return this.#values.length
  }

  /** The slots by their keys, in the order in which the keys are asked for. */
  get slots(): ReadonlyMap<Key, RelationSlot> {
    return this.#slots
  }

  /** One parameter for each column: the values of all keys. */
  parameters(): readonly (Buffer | string)[] {
    const { local, source } = this.#relation
    return local.map((column: ColumnMapping, index) =>
      bulkValues(source, column, this.#values, (values) => values[index]),
    )
  }
}

/** What an object holds in a column; where that was expired, what its row had. @internal */
export function currentValue({ object, mapping, snapshot, expired }: TrackedObject, key: string): unknown {
  return expired?.has(key) === true ? snapshot?.[mapping.column(key).index] : object[key]
}
