import { componentsOf } from './components-of.js'
import type { ColumnMapping } from './column-mapping.js'
import { groupBy } from './group-by.js'
import type { IdentityMap } from './identity-map.js'
import { RowLinks, type RowLink } from './row-links.js'
import type { TableMapping } from './table-mapping.js'
import type { TrackedObject } from './tracked-object.js'

/**
 * In which order rows are deleted.
 *
 * @internal
 */
export interface DeletePlan {
  /** Rows of one table each, in order: what a row points at is in a later stage, or in its own. */
  readonly stages: readonly (readonly TrackedObject[])[]
  /** Columns that must be NULL before the first row is deleted: rows point at each other. */
  readonly emptied: ReadonlyMap<TrackedObject, readonly ColumnMapping[]>
  /** Constraints, as SQL text, that must wait for COMMIT. */
  readonly deferred: ReadonlySet<string>
}

/** Orders rows for deletion: those that point at others go first. No I/O. @internal */
export function planDeletes(states: readonly TrackedObject[], identities: IdentityMap): DeletePlan {
  const byTable = groupBy(states, (state) => state.mapping)
  const targetsOf = (table: TableMapping): TableMapping[] =>
    table.foreignKeys.map((key) => key.target).filter((target) => target !== table && byTable.has(target))
  const draft: Draft = { stages: [], emptied: new Map(), deferred: new Set() }
  for (const tables of componentsOf(byTable.keys(), targetsOf).reverse()) {
    const members = tables.flatMap((table) => byTable.get(table) ?? [])
    // One table alone is one statement, and the server checks foreign keys at its end.
    if (tables.length === 1) draft.stages.push(members)
    else addByRows(draft, members, identities)
  }
  return draft
}

interface Draft {
  readonly stages: TrackedObject[][]
  readonly emptied: Map<TrackedObject, ColumnMapping[]>
  readonly deferred: Set<string>
}

/** Tables that point at each other: rows are looked at. */
function addByRows(draft: Draft, members: readonly TrackedObject[], identities: IdentityMap): void {
  const links = new RowLinks(members, identities, ({ snapshot }, { index }) => snapshot?.[index])
  const linksOf = new Map(
    members.map((state) => [state, links.of(state).filter((link) => !isHandledByServer(link))]),
  )
  const targetsOf = (state: TrackedObject): TrackedObject[] =>
    (linksOf.get(state) ?? []).map((link) => link.target)
  for (const circle of componentsOf(members, targetsOf)) {
    if (circle.length === 1) continue
    const inside = new Set(circle)
    for (const state of circle) {
      const cut = (linksOf.get(state) ?? []).filter(
        // Rows of one table go in one statement, so only what leads to another table holds anything up.
        (link) => inside.has(link.target) && link.target.mapping !== state.mapping,
      )
      for (const link of cut) cutLink(draft, state, link)
    }
  }
  for (const stage of byDepth(members, linksOf, draft)) draft.stages.push(stage)
}

function isHandledByServer({ foreignKey }: RowLink): boolean {
  return foreignKey?.isHandledOnDelete === true
}

function cutLink(draft: Draft, state: TrackedObject, { foreignKey }: RowLink): void {
  if (foreignKey === undefined) return
  if (foreignKey.nullable.length > 0) {
    const columns = draft.emptied.get(state) ?? []
    draft.emptied.set(state, [...columns, ...foreignKey.nullable])
  } else if (foreignKey.deferrableName !== undefined) {
    draft.deferred.add(foreignKey.deferrableName)
  }
  // Neither is possible: the server says so, naming the constraint.
}

/** Stages such that a row comes before everything it points at; circles have been cut. */
function byDepth(
  members: readonly TrackedObject[],
  linksOf: ReadonlyMap<TrackedObject, readonly RowLink[]>,
  draft: Draft,
): TrackedObject[][] {
  const depths = new Map<TrackedObject, number>()
  const targetsOf = (state: TrackedObject): TrackedObject[] => {
    const emptied = draft.emptied.get(state)
    return (linksOf.get(state) ?? [])
      .filter(({ foreignKey }) => {
        const isCut = foreignKey?.nullable.some((column) => emptied?.includes(column) === true) === true
        return !isCut
      })
      .map((link) => link.target)
  }
  // Components come behind what they point at: depths are known when they are needed.
  for (const circle of componentsOf(members, targetsOf)) {
    const below = circle.flatMap(targetsOf).map((target) => depths.get(target) ?? -1)
    const depth = below.reduce((deepest, each) => Math.max(deepest, each), -1) + 1
    for (const state of circle) depths.set(state, depth)
  }
  const levels = [...groupBy(members, (state) => depths.get(state) ?? 0).entries()]
  levels.sort(([left], [right]) => right - left)
  return levels.flatMap(([, states]) => [...groupBy(states, (state) => state.mapping).values()])
}
