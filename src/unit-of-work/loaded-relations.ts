import type { RelationMapping } from './relation-mapping.js'
import type { TrackedObject } from './tracked-object.js'
import { setRelation } from './unloaded-relations.js'

/** What was loaded for a relation: the objects of a list, or the one object. @internal */
export type LoadedValue = object | readonly object[] | null

/**
 * Puts what was loaded in its place. What the caller has changed since it was loaded before stays, unless it is to be
 * read afresh.
 *
 * @internal
 */
export function assignRelation(
  state: TrackedObject,
  relation: RelationMapping,
  value: LoadedValue,
  isFresh: boolean,
): void {
  const { name } = relation
  if (!isFresh && isRelationChanged(state, relation)) return
  state.relations ??= {}
  state.relations[name] = Array.isArray(value) ? value.slice() : value
  if (Object.hasOwn(state.object, name)) state.object[name] = value
  else setRelation(state.object, name, value)
}

/** Whether a relation holds other objects than were loaded, or was given some without having been loaded. @internal */
export function isRelationChanged({ object, relations }: TrackedObject, { name }: RelationMapping): boolean {
  if (!Object.hasOwn(object, name)) return false
  const loaded = relations?.[name]
  const value = object[name]
  if (!Array.isArray(loaded) || !Array.isArray(value)) return loaded !== value
  return loaded.length !== value.length || loaded.some((each, index) => each !== value[index])
}

/** What an object's relations hold beyond what was loaded or written; undefined if that is nothing. No I/O. @internal */
export function changedRelations(state: TrackedObject): Readonly<Record<string, LoadedValue>> | undefined {
  if (state.mapping.relations.size === 0) return undefined
  let changed: Record<string, LoadedValue> | undefined
  for (const relation of state.mapping.relations.values()) {
    if (!isRelationChanged(state, relation)) continue
    const value = state.object[relation.name] as LoadedValue
    ;(changed ??= {})[relation.name] = Array.isArray(value) ? (value.slice() as object[]) : value
  }
  return changed
}

/**
 * Puts relations back to what was loaded or written, and then to what else they held. Lists stay the same lists.
 *
 * @internal
 */
export function restoreRelations(
  state: TrackedObject,
  changed: Readonly<Record<string, LoadedValue>> | undefined,
): void {
  const values = { ...state.relations, ...changed }
  for (const name of state.mapping.relations.keys()) {
    if (!Object.hasOwn(state.object, name)) continue
    const value = values[name]
    const held = state.object[name]
    if (value === undefined) {
      Reflect.deleteProperty(state.object, name)
      continue
    }
    if (!Array.isArray(value) || !Array.isArray(held)) {
      state.object[name] = Array.isArray(value) ? (value.slice() as object[]) : value
      continue
    }
    held.length = 0
    for (const each of value as readonly object[]) held.push(each)
  }
}

/** Takes away what was loaded: reading it throws until it is loaded again. @internal */
export function unloadRelations(state: TrackedObject): void {
  if (state.relations === undefined) return
  for (const name of Object.keys(state.relations)) Reflect.deleteProperty(state.object, name)
  state.relations = undefined
}
