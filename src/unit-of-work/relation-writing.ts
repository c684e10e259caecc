import { UsageError } from '../errors/usage-error.js'
import { PendingValue } from './pending-value.js'
import { keyOfAll } from './key-of.js'
import { relationChanges, type RelationChange } from './relation-change.js'
import { currentValue } from './relation-keys.js'
import { RelationEdits } from './relation-edits.js'
import type { RelationMapping } from './relation-mapping.js'
import { RowPairs, type RowPair } from './row-pairs.js'
import type { AnyRow } from './row.js'
import type { SessionObjects } from './session-objects.js'
import type { TrackedObject } from './tracked-object.js'

/**
 * What the relations of objects ask of a flush, beyond the columns that they have set.
 *
 * @internal
 */
export interface RelationWriting {
  readonly changes: readonly RelationChange[]
  /** Rows of tables in between that are to be there. */
  readonly linked: readonly RowPair[]
  /** Rows of tables in between that are to go. */
  readonly unlinked: readonly RowPair[]
  /** Whether a column waits for the key of a new object. */
  readonly hasPendingValues: boolean
  /** What was set for it in the objects. */
  readonly edits: RelationEdits
}

/**
 * Finds what was put into relations and taken out of them, and sets the columns that say so: those of what was put in
 * first, so that what has moved to another list is not taken for an orphan. May be called again before it was written.
 * No I/O.
 *
 * @throws {@link UsageError} if a relation holds what is not in the session, or a column would have to be NULL.
 * @internal
 */
export function writeRelations(objects: SessionObjects): RelationWriting | undefined {
  const changes = relationChanges(objects.identities)
  if (changes.length === 0) return undefined
  const linked = new RowPairs()
  const unlinked = new RowPairs()
  const edits = new RelationEdits(objects)
  let hasPendingValues = false
  for (const change of changes) {
    const { state, relation, added } = change
    if (state.isMarked) continue
    for (const each of added) {
      if (each.isMarked) continue
      if (relation.writtenIn === 'between') linked.add(relation, state, each)
      else if (pointBack(edits, relation, state, each)) hasPendingValues = true
    }
    if (relation.writtenIn === 'source' && added.length === 0) empty(edits, relation, state)
  }
  for (const { state, relation, removed } of changes) {
    for (const each of removed) {
      if (relation.writtenIn === 'between') {
        if (!deleteBetween(objects, edits, relation, state, each)) unlinked.add(relation, state, each)
      } else if (relation.writtenIn === 'target') {
        letGo(edits, relation, state, each)
      }
    }
  }
  return { changes, linked: linked.all, unlinked: unlinked.all, hasPendingValues, edits }
}

/** Lets the side that has the columns point at the other one; says whether the key is still to come. */
function pointBack(
  edits: RelationEdits,
  { local, foreign, writtenIn }: RelationMapping,
  state: TrackedObject,
  other: TrackedObject,
): boolean {
  let isWaiting = false
  for (const [index, own] of local.entries()) {
    const far = foreign[index] as (typeof foreign)[number]
    const isOwn = writtenIn === 'source'
    const value = isOwn ? laterValue(other, far.key) : laterValue(state, own.key)
    isWaiting ||= value instanceof PendingValue
    if (isOwn) edits.set(state, own.key, value)
    else edits.set(other, far.key, value)
  }
  return isWaiting
}

/** What a column holds, or will hold once its object is flushed. */
function laterValue(state: TrackedObject, key: string): unknown {
  return currentValue(state, key) ?? (state.status === 'pending' ? new PendingValue(state.object, key) : null)
}

/** A relation to one row was set to null. */
function empty(edits: RelationEdits, relation: RelationMapping, state: TrackedObject): void {
  const columns = relation.local.filter((column) => !column.isNotNull)
  if (columns.length === 0) throw mustPoint(relation, relation.source.key, relation.local[0]?.key ?? '')
  for (const { key } of columns) edits.set(state, key, null)
}

/** An object was taken out: unless it points elsewhere by now, it points nowhere, or goes. */
function letGo(
  edits: RelationEdits,
  relation: RelationMapping,
  state: TrackedObject,
  other: TrackedObject,
): void {
  const { local, foreign, cascade, target } = relation
  if (other.isMarked) return
  const owner = keyOfAll(local.map(({ key }) => currentValue(state, key)))
  const pointed = keyOfAll(foreign.map(({ key }) => currentValue(other, key)))
  if (owner === undefined || pointed !== owner) return
  if (cascade === 'deleteOrphan') {
    edits.delete(other)
    return
  }
  const columns = foreign.filter((column) => !column.isNotNull)
  if (columns.length === 0) throw mustPoint(relation, target.key, foreign[0]?.key ?? '')
  for (const { key } of columns) edits.set(other, key, null)
}

/** The row in between is an object of the session: then that is deleted, so that it is not taken for one that is there. */
function deleteBetween(
  objects: SessionObjects,
  edits: RelationEdits,
  { through, local, foreign }: RelationMapping,
  state: TrackedObject,
  other: TrackedObject,
): boolean {
  if (through === undefined) return false
  const row: AnyRow = {}
  for (const [index, { key }] of foreign.entries()) row[key] = currentValue(state, local[index]?.key ?? '')
  for (const [index, { key }] of through.local.entries())
    row[key] = currentValue(other, through.foreign[index]?.key ?? '')
  const { table } = through
  const identity = table.primaryKey.length === 0 ? undefined : table.identity(row)
  const between = identity === undefined ? undefined : objects.identities.find(table, identity)
  if (between === undefined) return false
  edits.delete(between)
  return true
}

function mustPoint({ source, name }: RelationMapping, table: string, column: string): UsageError {
  return new UsageError({
    message: `${source.key}.${name} lets go of an object, but ${table}.${column} can't be NULL`,
    hint: "Delete the object, give it another owner, or declare the relation with cascade: 'deleteOrphan'.",
  })
}
