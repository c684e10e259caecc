import { UsageError } from '../errors/usage-error.js'
import type { IdentityMap } from './identity-map.js'
import { isRelationChanged, type LoadedValue } from './loaded-relations.js'
import type { RelationMapping } from './relation-mapping.js'
import type { TrackedObject } from './tracked-object.js'

/**
 * That a relation of an object holds other objects than were loaded or written.
 *
 * @internal
 */
export interface RelationChange {
  readonly state: TrackedObject
  readonly relation: RelationMapping
  /** What it holds now; a list is a copy. */
  readonly value: LoadedValue
  readonly added: readonly TrackedObject[]
  readonly removed: readonly TrackedObject[]
}

/**
 * Compares the relations of all objects with what was loaded. No I/O.
 *
 * @throws {@link UsageError} if one holds what is not in the session, or was assigned without having been loaded.
 * @internal
 */
export function relationChanges(identities: IdentityMap): readonly RelationChange[] {
  const changes: RelationChange[] = []
  for (const state of identities.states()) {
    const { relations } = state.mapping
    if (relations.size === 0 || (state.status !== 'pending' && state.status !== 'persistent')) continue
    for (const relation of relations.values())
      if (isRelationChanged(state, relation)) changes.push(change(state, relation, identities))
  }
  return changes
}

function change(state: TrackedObject, relation: RelationMapping, identities: IdentityMap): RelationChange {
  const held = state.object[relation.name]
  const loaded = state.relations?.[relation.name]
  if (loaded === undefined && state.status === 'persistent' && relation.writtenIn !== 'source')
    throw notLoaded(relation)
  const before = new Set(listOf(loaded))
  const now = new Set(checkedList(held, relation))
  return {
    state,
    relation,
    value: Array.isArray(held) ? [...(held as object[])] : (held as object | null),
    added: [...now].filter((each) => !before.has(each)).map((each) => member(each, relation, identities)),
    removed: [...before]
      .filter((each) => !now.has(each))
      .map((each) => identities.stateOf(each))
      .filter((each) => each !== undefined),
  }
}

function listOf(value: LoadedValue | undefined): readonly object[] {
  if (value === null || value === undefined) return []
  return Array.isArray(value) ? (value as readonly object[]) : [value]
}

function checkedList(value: unknown, relation: RelationMapping): readonly object[] {
  const { kind, source, name, target } = relation
  const isRight = kind === 'many' ? Array.isArray(value) : typeof value === 'object' && !Array.isArray(value)
  if (isRight) return listOf(value as LoadedValue)
  throw new UsageError({
    message: `${source.key}.${name} holds what is ${kind === 'many' ? 'no list' : 'neither an object nor null'}`,
    hint:
      kind === 'many'
        ? `It is a relation to many rows: a list of ${target.key} objects of this session.`
        : `It is a relation to one row: a ${target.key} object of this session, or null.`,
  })
}

function member(
  object: object,
  { source, name, target }: RelationMapping,
  identities: IdentityMap,
): TrackedObject {
  const state = identities.stateOf(object)
  if (state?.mapping === target) return state
  throw new UsageError({
    message:
      state === undefined
        ? `${source.key}.${name} holds an object that is not in this session`
        : `${source.key}.${name} holds a ${state.mapping.key} object where one of ${target.key} was expected`,
    hint: `Put in what session.add(${target.key}, …) returned, or for a row that exists what a query or merge() returned: a relation adds nothing by itself.`,
  })
}

function notLoaded({ source, name }: RelationMapping): UsageError {
  return new UsageError({
    message: `${source.key}.${name} was assigned without having been loaded: what it would replace is not known`,
    hint: `Load it first, await session.load(object, { ${name}: true }), and change what it holds.`,
  })
}
