import { UsageError } from '../errors/usage-error.js'
import type { ColumnMapping } from './column-mapping.js'
import { groupBy } from './group-by.js'
import { selectByColumns } from './key-statements.js'
import { keyOfAll, type Key } from './key-of.js'
import { isRelationChanged } from './loaded-relations.js'
import type { ObjectLoader } from './object-loader.js'
import type { RelationMapping } from './relation-mapping.js'
import { currentValue } from './relation-keys.js'
import { isSameValue } from './same-value.js'
import type { SessionObjects } from './session-objects.js'
import type { StatementRunner } from './statement-runner.js'
import type { TableMapping } from './table-mapping.js'
import type { TrackedObject } from './tracked-object.js'
import type { ChangedObject } from './update-writer.js'

/** What finding related rows needs. */
export interface CascadeParts {
  readonly runner: StatementRunner
  readonly loader: ObjectLoader
  readonly objects: SessionObjects
}

/**
 * Marks what is to be deleted together with the objects that are marked: the rows of their relations that declare it,
 * those of these rows, and so on. One statement for each relation and step, whatever the number of objects.
 *
 * What no relation declares is left to the database: its ON DELETE, or its refusal.
 *
 * @returns Whether anything was marked.
 * @throws {@link UsageError} if the table between two others has no primary key.
 * @internal
 */
export async function cascadeDeletes(parts: CascadeParts): Promise<boolean> {
  const { objects } = parts
  let found = false
  let next: readonly TrackedObject[] = [...objects.marked]
  while (next.length > 0) {
    const marked: TrackedObject[] = []
    for (const [mapping, states] of groupBy(next, (state) => state.mapping)) {
      for (const relation of mapping.relations.values()) {
        if (relation.cascade === undefined) continue
        for (const state of await relatedRows(parts, relation, states)) {
          if (state.isMarked || state.status !== 'persistent' || hasLeft(state, relation, states)) continue
          objects.mark(state)
          marked.push(state)
        }
      }
    }
    found ||= marked.length > 0
    next = marked
  }
  return found
}

/**
 * Marks changed objects that belong to nobody any more: a relation with `deleteOrphan` leads to them by columns that
 * are NULL now. No I/O.
 *
 * @returns Whether anything was marked.
 * @internal
 */
export function markOrphans(changes: readonly ChangedObject[], objects: SessionObjects): boolean {
  let found = false
  for (const { state, columns } of changes) {
    const isOrphan = state.mapping.owners.some((owner) =>
      owner.some((column) => columns.includes(column) && state.object[column.key] === null),
    )
    if (isOrphan) objects.mark(state)
    found ||= isOrphan
  }
  return found
}

/** Whether an object, whose row still points at one of those, is about to point elsewhere. */
function hasLeft(
  state: TrackedObject,
  { foreign, local, through }: RelationMapping,
  owners: readonly TrackedObject[],
): boolean {
  if (through !== undefined) return false
  const isMoved = foreign.some(
    ({ key, index }) => !isSameValue(currentValue(state, key), state.snapshot?.[index]),
  )
  if (!isMoved) return false
  const pointed = keyOfAll(foreign.map(({ key }) => currentValue(state, key)))
  return !owners.some((owner) => keyOfAll(local.map(({ index }) => owner.snapshot?.[index])) === pointed)
}

/** The rows at the other end, those in between included. */
async function relatedRows(
  parts: CascadeParts,
  relation: RelationMapping,
  states: readonly TrackedObject[],
): Promise<readonly TrackedObject[]> {
  const { local, foreign, through, target } = relation
  if (through === undefined) return await load(parts, target, foreign, local, states)
  const { table } = through
  if (table.primaryKey.length === 0) {
    throw new UsageError({
      message: `A cascade through ${table.key} can't delete its rows: the table has no primary key`,
      hint: 'Declare one over the columns that point at both sides.',
    })
  }
  const between = await load(parts, table, foreign, local, states)
  const unlinked = unlinkedPairs(parts.objects, relation, states)
  const linked = between.filter(({ snapshot }) => {
    const key = keyOfAll([...foreign, ...through.local].map(({ index }) => snapshot?.[index]))
    return key === undefined || !unlinked.has(key)
  })
  return [...between, ...(await load(parts, target, through.foreign, through.local, linked))]
}

/** Which rows in between lead to what was taken out of the lists of those objects: it belongs to them no more. */
function unlinkedPairs(
  { identities }: SessionObjects,
  relation: RelationMapping,
  states: readonly TrackedObject[],
): ReadonlySet<Key> {
  const { local, name, through } = relation
  const pairs = new Set<Key>()
  for (const state of states) {
    const loaded = state.relations?.[name]
    if (!isRelationChanged(state, relation) || !Array.isArray(loaded)) continue
    const held = new Set(state.object[name] as readonly object[])
    for (const other of loaded as readonly object[]) {
      if (held.has(other)) continue
      const far = identities.stateOf(other)?.snapshot
      const key = keyOfAll([
        ...local.map(({ index }) => state.snapshot?.[index]),
        ...(through?.foreign ?? []).map(({ index }) => far?.[index]),
      ])
      if (key !== undefined) pairs.add(key)
    }
  }
  return pairs
}

/** Loads the rows of a table whose columns equal those of rows that are there. */
async function load(
  { runner, loader }: CascadeParts,
  mapping: TableMapping,
  columns: readonly ColumnMapping[],
  local: readonly ColumnMapping[],
  states: readonly TrackedObject[],
): Promise<readonly TrackedObject[]> {
  const values = states
    .map(({ snapshot }) => local.map(({ index }) => snapshot?.[index]))
    .filter((row) => row.every((value) => value !== null && value !== undefined))
  if (values.length === 0) return []
  const { rows } = await runner.execute(selectByColumns(mapping, columns, values))
  return (rows as unknown[][]).map((row) => loader.take(mapping, row))
}
