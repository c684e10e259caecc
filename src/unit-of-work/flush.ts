import { DeleteWriter } from './delete-writer.js'
import { FlushContext, type FlushParts } from './flush-context.js'
import type { IdentityMap } from './identity-map.js'
import { planInserts } from './insert-plan.js'
import { InsertWriter } from './insert-writer.js'
import { PairWriter } from './pair-writer.js'
import type { RelationWriting } from './relation-writing.js'
import type { TrackedObject } from './tracked-object.js'
import { UpdateWriter, type ChangedObject } from './update-writer.js'

/** What a flush has to do. */
export interface FlushWork {
  readonly inserts: readonly TrackedObject[]
  readonly changes: readonly ChangedObject[]
  readonly deletes: readonly TrackedObject[]
  /** Whether any value may stand for one that another object will have. */
  readonly hasPendingValues: boolean
  /** What was put into relations and taken out of them. */
  readonly relations: RelationWriting | undefined
}

/**
 * Writes changed objects to their rows: new ones in the order of their foreign keys, then changes, then deletions the
 * other way round. One statement for each table and set of columns; statements that need no answer of one another
 * leave together. Resolves when everything was answered; after a failure part of it was written, and the transaction
 * must be rolled back.
 *
 * @internal
 */
export async function flush(parts: FlushParts, work: FlushWork): Promise<void> {
  const context = new FlushContext(parts, work.hasPendingValues)
  try {
    await start(context, work)
  } catch (error) {
    // What is under way must not change objects behind the caller's back.
    await context.answers.over()
    throw error
  }
  await context.answers.settled()
  for (const { state, relation, value } of work.relations?.changes ?? [])
    context.journal.noteRelation(state, relation.name, value)
}

async function start(context: FlushContext, work: FlushWork): Promise<void> {
  const { inserts, changes, deletes, hasPendingValues, relations } = work
  const { identities } = context
  const updates = new UpdateWriter(context)
  const pairs = new PairWriter(context)
  // First, for a row that takes the place of one that goes may be in the way of it.
  pairs.delete(relations?.unlinked ?? [])
  const { added, switched } = takeOutSwitches(inserts, deletes, identities)
  const plan = planInserts(added, identities, hasPendingValues)
  context.defer(plan.deferred)
  await new InsertWriter(context).write(plan)
  const postponed = [...plan.postponed].map(([state, columns]) => ({ state, columns }))
  if (postponed.length > 0) await context.answers.settled()
  await context.resolve([...postponed, ...changes].map(({ state }) => state))
  updates.complete(postponed)
  updates.write(changes)
  for (const [replaced, state] of switched) await updates.takeOver(replaced, state)
  await pairs.insert(relations?.linked ?? [])
  new DeleteWriter(context, updates).write(deletes.filter((state) => !switched.has(state)))
}

/** New objects that take over the row of one that is to be deleted, by the latter. */
function takeOutSwitches(
  inserts: readonly TrackedObject[],
  deletes: readonly TrackedObject[],
  identities: IdentityMap,
): { readonly added: readonly TrackedObject[]; readonly switched: Map<TrackedObject, TrackedObject> } {
  const switched = new Map<TrackedObject, TrackedObject>()
  if (deletes.length === 0) return { added: inserts, switched }
  const added = inserts.filter((state) => {
    const identity = state.mapping.identity(state.object)
    const replaced = identity === undefined ? undefined : identities.find(state.mapping, identity)
    if (replaced?.isMarked !== true) return true
    switched.set(replaced, state)
    return false
  })
  return { added, switched }
}
