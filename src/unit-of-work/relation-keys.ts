import { bulkValues } from './bulk-values.js'
import type { ColumnMapping } from './column-mapping.js'
import { PendingValue } from './pending-value.js'
import type { RelationMapping } from './relation-mapping.js'
import type { AnyRow } from './row.js'
import type { TrackedObject } from './tracked-object.js'

/** The parents of a relation by what they have in its columns: each key is asked for once. @internal */
export class RelationKeys {
  readonly #relation: RelationMapping
  readonly #parents = new Map<string, TrackedObject[]>()
  readonly #values: (readonly unknown[])[] = []
  /** Parents that point at nothing, for one of the columns is NULL. */
  readonly unlinked: TrackedObject[] = []

  constructor(relation: RelationMapping, parents: Iterable<TrackedObject>) {
    this.#relation = relation
    for (const parent of parents) {
      const values = relation.local.map(({ key }) => currentValue(parent, key))
      const text = relationKeyText(values)
      if (text === undefined) {
        this.unlinked.push(parent)
        continue
      }
      const others = this.#parents.get(text)
      if (others === undefined) {
        this.#parents.set(text, [parent])
        this.#values.push(values)
      } else {
        others.push(parent)
      }
    }
  }

  /** How many different keys there are. */
  get count(): number {
    return this.#values.length
  }

  /** The keys, each as the values of the relation's columns. */
  get values(): readonly (readonly unknown[])[] {
    return this.#values
  }

  /** The parents of each key, by its text, in the order of {@link RelationKeys.values}. */
  get parents(): ReadonlyMap<string, readonly TrackedObject[]> {
    return this.#parents
  }

  /** One parameter for each column: the values of all keys. */
  parameters(): readonly (Buffer | string)[] {
    const { local, source } = this.#relation
    return local.map((column: ColumnMapping, index) =>
      bulkValues(source, column, this.#values, (values) => values[index]),
    )
  }
}

/** A key as text; undefined if a part of it is not there. 1, 1n and '1' are one key: columns may read differently. @internal */
export function relationKeyText(values: readonly unknown[]): string | undefined {
  if (values.length === 1) return keyPart(values[0])
  let text = ''
  for (const value of values) {
    const part = keyPart(value)
    if (part === undefined) return undefined
    text += `${part.length}:${part}`
  }
  return text
}

function keyPart(value: unknown): string | undefined {
  if (typeof value === 'string') return value
  if (typeof value === 'bigint' || typeof value === 'number') return String(value)
  if (value === null || value === undefined || value instanceof PendingValue) return undefined
  if (value instanceof Date) return value.toISOString()
  if (Buffer.isBuffer(value)) return value.toString('hex')
  return typeof value === 'boolean' ? String(value) : JSON.stringify(value)
}

/** What an object holds in a column; where that was expired, what its row had. @internal */
export function currentValue({ object, snapshot, expired }: TrackedObject, key: string): unknown {
  return expired?.has(key) === true ? (snapshot as AnyRow)[key] : object[key]
}
