import { LazyLoadError } from '../errors/usage-error.js'
import { unloadRelations } from './loaded-relations.js'
import type { TrackedObject } from './tracked-object.js'

/**
 * Takes the values of columns away: reading one throws until it is loaded again or written. No I/O.
 *
 * Without columns: all but the key, which says what to load, and the relations. An accessor in the object, because a
 * plain object can't fetch anything by itself, and an old value or `undefined` would be believed.
 *
 * @internal
 */
export function expireColumns(state: TrackedObject, keys?: readonly string[]): void {
  if (keys === undefined) unloadRelations(state)
  state.expired ??= new Set()
  state.isStale = true
  for (const key of keys ?? keysBesidePrimary(state)) {
    state.expired.add(key)
    Object.defineProperty(state.object, key, {
      configurable: true,
      enumerable: true,
      get() {
        throw new LazyLoadError({
          message: `The column ${key} of this ${state.mapping.key} object was expired and has not been loaded again`,
          hint: 'Call `await session.refresh(object)` first. Nothing is fetched by reading a property.',
        })
      },
      set(value: unknown) {
        setColumn(state, key, value)
      },
    })
  }
}

/** Gives a column a value, also one that was expired. @internal */
export function setColumn(state: TrackedObject, key: string, value: unknown): void {
  if (state.expired?.delete(key) === true) {
    if (state.expired.size === 0) state.expired = undefined
    Object.defineProperty(state.object, key, {
      value,
      configurable: true,
      enumerable: true,
      writable: true,
    })
  } else {
    state.object[key] = value
  }
}

function keysBesidePrimary({ mapping: { columns, primaryKey } }: TrackedObject): readonly string[] {
  return columns.filter((column) => !primaryKey.includes(column)).map((column) => column.key)
}
