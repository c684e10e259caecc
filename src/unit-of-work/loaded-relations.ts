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

/** Whether a relation holds other objects than were loaded, or was given some without having been loaded. */
function isRelationChanged({ object, relations }: TrackedObject, { name }: RelationMapping): boolean {
  if (!Object.hasOwn(object, name)) return false
  const loaded = relations?.[name]
  const value = object[name]
  if (!Array.isArray(loaded) || !Array.isArray(value)) return loaded !== value
  return loaded.length !== value.length || loaded.some((each, index) => each !== value[index])
}

/** Takes away what was loaded: reading it throws until it is loaded again. @internal */
export function unloadRelations(state: TrackedObject): void {
  if (state.relations === undefined) return
  for (const name of Object.keys(state.relations)) Reflect.deleteProperty(state.object, name)
  state.relations = undefined
}
