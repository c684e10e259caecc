import { UsageError } from '../errors/usage-error.js'
import type { ColumnMapping } from './column-mapping.js'
import { componentsOf } from './components-of.js'
import { groupBy } from './group-by.js'
import type { IdentityMap } from './identity-map.js'
import { PendingValue } from './pending-value.js'
import { RowLinks, type RowLink } from './row-links.js'
import type { TableMapping } from './table-mapping.js'
import type { TrackedObject } from './tracked-object.js'

/**
 * In which order new rows are written.
 *
 * @internal
 */
export interface InsertPlan {
  /** Rows of one table each, in order: what a row points at is in an earlier stage, or in its own. */
  readonly stages: readonly (readonly TrackedObject[])[]
  /** Columns that are written as NULL first and filled in when all rows are there: rows point at each other. */
  readonly postponed: ReadonlyMap<TrackedObject, readonly ColumnMapping[]>
  /** Constraints, as SQL text, that must wait for COMMIT. */
  readonly deferred: ReadonlySet<string>
  /** Rows whose keys must be there before the first of them is written. */
  readonly numberedFirst: readonly TrackedObject[]
}

/**
 * Orders new rows by what they point at. Tables that form no circle are ordered as tables; only inside a circle, a
 * table that points at itself included, single rows are looked at. No I/O.
 *
 * @throws {@link UsageError} if rows point at each other with foreign keys that can neither be NULL nor wait.
 * @internal
 */
export function planInserts(
  states: readonly TrackedObject[],
  identities: IdentityMap,
  hasPendingValues: boolean,
): InsertPlan {
  const byTable = groupBy(states, (state) => state.mapping)
  const draft = new Draft(identities)
  const targets = tableTargets(byTable, hasPendingValues ? identities : undefined)
  for (const tables of componentsOf(byTable.keys(), (table) => targets.get(table) ?? [])) {
    const [table] = tables as [TableMapping]
    const members =
      tables.length === 1 ? (byTable.get(table) ?? []) : tables.flatMap((each) => byTable.get(each) ?? [])
    const isCircle = tables.length > 1 || targets.get(table)?.has(table) === true
    if (isCircle) draft.addCircle(members)
    else draft.stages.push(members)
  }
  return draft
}

type ByTable = ReadonlyMap<TableMapping, readonly TrackedObject[]>

/** Which tables each table points at, by foreign keys and by values that are borrowed from other new rows. */
function tableTargets(
  byTable: ByTable,
  identities: IdentityMap | undefined,
): Map<TableMapping, Set<TableMapping>> {
  const targets = new Map<TableMapping, Set<TableMapping>>()
  for (const [table, states] of byTable) {
    const own = new Set(table.foreignKeys.map((key) => key.target).filter((target) => byTable.has(target)))
    if (identities !== undefined) addSources(own, table, states, identities)
    targets.set(table, own)
  }
  return targets
}

function addSources(
  targets: Set<TableMapping>,
  { columns }: TableMapping,
  states: readonly TrackedObject[],
  identities: IdentityMap,
): void {
  for (const { object } of states) {
    for (const { key } of columns) {
      const value = object[key]
      if (!(value instanceof PendingValue)) continue
      const source = identities.stateOf(value.source)
      if (source?.status === 'pending') targets.add(source.mapping)
    }
  }
}

class Draft implements InsertPlan {
  readonly stages: TrackedObject[][] = []
  readonly postponed = new Map<TrackedObject, ColumnMapping[]>()
  readonly deferred = new Set<string>()
  readonly numberedFirst: TrackedObject[] = []
  readonly #identities: IdentityMap

  constructor(identities: IdentityMap) {
    this.#identities = identities
  }

  addCircle(members: TrackedObject[]): void {
    const links = new RowLinks(members, this.#identities, ({ object }, { key }) => object[key])
    const linksOf = new Map(members.map((state) => [state, links.of(state)]))
    if (isOneStatement(members, linksOf)) this.stages.push(members)
    else this.#addByRows(members, linksOf)
  }

  #addByRows(members: readonly TrackedObject[], linksOf: ReadonlyMap<TrackedObject, RowLink[]>): void {
    const open = new Map(linksOf)
    let remaining = members
    while (remaining.length > 0) {
      const written = this.#addReady(remaining, open)
      remaining = remaining.filter((state) => !written.has(state))
      if (remaining.length > 0) this.#breakCircles(remaining, open)
    }
  }

  /** Adds all rows that wait for nothing, then those that waited for them, and so on. */
  #addReady(
    remaining: readonly TrackedObject[],
    open: ReadonlyMap<TrackedObject, readonly RowLink[]>,
  ): ReadonlySet<TrackedObject> {
    const members = new Set(remaining)
    const waiting = new Map<TrackedObject, number>()
    const followers = new Map<TrackedObject, TrackedObject[]>()
    for (const state of remaining) {
      const targets = (open.get(state) ?? []).map((link) => link.target).filter((each) => members.has(each))
      waiting.set(state, targets.length)
      for (const target of targets) {
        const list = followers.get(target)
        if (list === undefined) followers.set(target, [state])
        else list.push(state)
      }
    }
    const written = new Set<TrackedObject>()
    let ready = remaining.filter((state) => waiting.get(state) === 0)
    while (ready.length > 0) {
      for (const stage of groupBy(ready, (state) => state.mapping).values()) this.stages.push(stage)
      const next: TrackedObject[] = []
      for (const state of ready) {
        written.add(state)
        for (const follower of followers.get(state) ?? []) {
          const count = (waiting.get(follower) ?? 0) - 1
          waiting.set(follower, count)
          if (count === 0) next.push(follower)
        }
      }
      ready = next
    }
    return written
  }

  /** Takes one row out of each innermost circle: its reference is written as NULL first, or its check waits. */
  #breakCircles(remaining: readonly TrackedObject[], open: Map<TrackedObject, RowLink[]>): void {
    const members = new Set(remaining)
    const targetsOf = (state: TrackedObject): TrackedObject[] =>
      (open.get(state) ?? []).map((link) => link.target).filter((each) => members.has(each))
    for (const circle of componentsOf(remaining, targetsOf)) {
      const inside = new Set(circle)
      const linksInside = (state: TrackedObject): RowLink[] =>
        (open.get(state) ?? []).filter((link) => inside.has(link.target))
      if (circle.length === 1 && linksInside(circle[0] as TrackedObject).length === 0) continue
      const breakable = circle.find((state) => linksInside(state).every(canBeNull))
      if (breakable === undefined) this.#deferCircle(circle, open, linksInside)
      else this.#postpone(breakable, open, linksInside(breakable))
    }
  }

  #postpone(state: TrackedObject, open: Map<TrackedObject, RowLink[]>, links: readonly RowLink[]): void {
    const columns = this.postponed.get(state) ?? []
    columns.push(...links.flatMap((link) => link.foreignKey?.nullable ?? []))
    this.postponed.set(state, columns)
    open.set(
      state,
      (open.get(state) ?? []).filter((link) => !links.includes(link)),
    )
  }

  #deferCircle(
    circle: readonly TrackedObject[],
    open: Map<TrackedObject, RowLink[]>,
    linksInside: (state: TrackedObject) => readonly RowLink[],
  ): void {
    for (const state of circle) {
      const links = linksInside(state)
      for (const { foreignKey, target, isPending } of links) {
        if (foreignKey?.deferrableName === undefined) throw unbreakable(circle)
        this.deferred.add(foreignKey.deferrableName)
        if (isPending) this.numberedFirst.push(target)
      }
      open.set(
        state,
        (open.get(state) ?? []).filter((link) => !links.includes(link)),
      )
    }
  }
}

/** The server checks foreign keys at the end of a statement: rows of one statement may point at each other. */
function isOneStatement(
  members: readonly TrackedObject[],
  linksOf: ReadonlyMap<TrackedObject, readonly RowLink[]>,
): boolean {
  const [first] = members
  if (first === undefined) return true
  const signature = first.mapping.signature(first.object)
  return members.every(
    (state) =>
      state.mapping === first.mapping &&
      state.mapping.signature(state.object) === signature &&
      linksOf.get(state)?.every((link) => !link.isPending) === true,
  )
}

function canBeNull({ foreignKey }: RowLink): boolean {
  return foreignKey !== undefined && foreignKey.nullable.length > 0
}

function unbreakable(circle: readonly TrackedObject[]): UsageError {
  const tables = [...new Set(circle.map((state) => state.mapping.key))].join(', ')
  return new UsageError({
    message: `New rows of ${tables} point at each other, and none of them can be written first`,
    hint: 'Let one of the foreign keys be NULL, or declare it deferrable.',
  })
}
