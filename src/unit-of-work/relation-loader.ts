import type { ObjectLoader } from './object-loader.js'
import type { IdentityMap } from './identity-map.js'
import { keyOf } from './key-of.js'
import type { QuerySource } from './query-source.js'
import type { RowPart } from './read-statement.js'
import { RelationKeys, type RelationSlot } from './relation-keys.js'
import type { RelationLoad } from './relation-load.js'
import type { RelationMapping } from './relation-mapping.js'
import { relationStatement, type RelationStatement } from './relation-statement.js'
import type { AnyRow } from './row.js'
import { assignRelation } from './loaded-relations.js'
import type { StatementRunner } from './statement-runner.js'
import type { TrackedObject } from './tracked-object.js'

/** What loading relations needs. */
export interface RelationLoaderOptions {
  readonly runner: StatementRunner
  readonly loader: ObjectLoader
  readonly identities: IdentityMap
  readonly source: QuerySource
}

/** A relation to be loaded for some objects. */
interface Job {
  readonly load: RelationLoad
  readonly parents: readonly TrackedObject[]
}

/** A job whose statement is under way. */
interface Pending {
  readonly load: RelationLoad
  readonly keys: RelationKeys
  /** Parents that need not be asked for. */
  readonly others: readonly TrackedObject[]
  readonly sent: { readonly how: RelationStatement; readonly rows: Promise<unknown[][]> } | undefined
}

/**
 * Loads relations of objects: one statement for each relation, whatever the number of objects. The statements of one
 * level leave together.
 *
 * @internal
 */
export class RelationLoader {
  readonly #options: RelationLoaderOptions

  constructor(options: RelationLoaderOptions) {
    this.#options = options
  }

  /**
   * Takes rows in, each with the objects that are joined to it.
   *
   * @param isFresh - Whether they replace what was changed in objects that the session has.
   * @returns The objects of the rows themselves.
   */
  async take(
    rows: readonly unknown[][],
    parts: readonly RowPart[],
    isFresh: boolean,
  ): Promise<readonly TrackedObject[]> {
    const jobs: Job[] = []
    const states = this.#takeRows(rows, parts, 0, isFresh, jobs)
    this.#below(parts[0] as RowPart, states, jobs)
    await this.#run(jobs, isFresh)
    return states
  }

  /** Loads relations of objects that the session has. */
  async load(
    states: Iterable<TrackedObject>,
    loads: readonly RelationLoad[],
    isFresh: boolean,
  ): Promise<void> {
    const parents = [...new Set(states)]
    await this.#run(
      loads.map((load) => ({ load, parents })),
      isFresh,
    )
  }

  async #run(first: readonly Job[], isFresh: boolean): Promise<void> {
    let level = first
    while (level.length > 0) {
      // All of a level are started before the first answer is waited for: they leave in one write.
      const pending = level.map((job) => this.#start(job, isFresh))
      const answers = await Promise.all(pending.map(({ sent }) => sent?.rows ?? NO_ROWS))
      const next: Job[] = []
      for (const [index, job] of pending.entries()) this.#attach(job, answers[index] ?? [], isFresh, next)
      level = next
    }
  }

  #start({ load, parents }: Job, isFresh: boolean): Pending {
    const { relation, plan } = load
    const mayBeKnown = relation.isByKey && !plan.isFiltered && !plan.hasWindow && !isFresh
    const keys = new RelationKeys(relation)
    const others: TrackedObject[] = []
    for (const parent of parents) {
      const isKnown = mayBeKnown && this.#found(relation, parent) !== undefined
      if (isKnown || !keys.add(parent)) others.push(parent)
    }
    if (keys.count === 0) return { load, keys, others, sent: undefined }
    const { runner, source } = this.#options
    const how = relationStatement(load, keys, source)
    const rows = runner.execute(how.statement).then((result) => result.rows as unknown[][])
    return { load, keys, others, sent: { how, rows } }
  }

  /** The object that the session has already for what a parent points at. */
  #found(
    { local, foreign, target }: RelationMapping,
    { object, expired }: TrackedObject,
  ): TrackedObject | undefined {
    const row: AnyRow = {}
    for (const [index, { key }] of foreign.entries()) {
      const own = (local[index] as (typeof local)[number]).key
      if (expired?.has(own) === true) return undefined
      row[key] = object[own]
    }
    const identity = target.identity(row)
    const found = identity === undefined ? undefined : this.#options.identities.find(target, identity)
    return found?.isStale === false ? found : undefined
  }

  #attach(
    { load, keys, others, sent }: Pending,
    rows: readonly unknown[][],
    isFresh: boolean,
    next: Job[],
  ): void {
    const { relation, plan } = load
    // Wanted only where there is something to load below them.
    const children = plan.loads.length === 0 ? undefined : new Set<TrackedObject>()
    if (sent !== undefined) {
      const { parts, hasOrdinal, key } = sent.how
      // Read before the values are decoded in place: what the driver read is what the keys are compared by.
      const slots = slotsOf(keys, rows, hasOrdinal ? undefined : key)
      const states = this.#takeRows(rows, parts, hasOrdinal ? 1 : 0, isFresh, next)
      for (let index = 0; index < states.length; index++) {
        const state = states[index] as TrackedObject
        slots[index]?.found.push(state.object)
        children?.add(state)
      }
    }
    const assign = (parent: TrackedObject, found: object[]): void => {
      if (relation.kind === 'many') {
        assignRelation(parent, relation, found, isFresh)
      } else if (found[0] !== undefined) {
        assignRelation(parent, relation, found[0], isFresh)
      } else {
        const known = relation.isByKey && !plan.isFiltered ? this.#found(relation, parent) : undefined
        if (known !== undefined) children?.add(known)
        assignRelation(parent, relation, known?.object ?? null, isFresh)
      }
    }
    for (const { parents, found } of keys.slots.values()) {
      // Each parent has a list of its own.
      for (const parent of parents) assign(parent, parent === parents[0] ? found : found.slice())
    }
    for (const parent of others) assign(parent, [])
    if (children !== undefined) this.#below(load, [...children], next)
  }

  #takeRows(
    rows: readonly unknown[][],
    parts: readonly RowPart[],
    offset: number,
    isFresh: boolean,
    jobs: Job[],
  ): readonly TrackedObject[] {
    const { loader } = this.#options
    const [root] = parts as readonly [RowPart]
    const { mapping } = root.plan
    const states = loader.takeAll(mapping, rows, offset, isFresh)
    if (parts.length === 1) return states
    const found = new Map<RowPart, readonly (TrackedObject | undefined)[]>([[root, states]])
    for (const part of parts.slice(1)) {
      if (part.from === undefined) continue
      const { load, part: above } = part.from
      const owners = found.get(above) ?? []
      const targets = rows.map((row) => this.#takeJoined(row, part, offset, isFresh))
      found.set(part, targets)
      for (const [index, owner] of owners.entries()) {
        if (owner !== undefined) assignRelation(owner, load.relation, targets[index]?.object ?? null, isFresh)
      }
    }
    // What is below the rows themselves is for the caller, who may have more of them.
    found.delete(root)
    for (const [part, objects] of found) {
      if (part.plan.loads.length === 0) continue
      this.#below(part, [...new Set(objects.filter((state) => state !== undefined))], jobs)
    }
    return states
  }

  /** The object of a part, unless the join found none: then its key is NULL. */
  #takeJoined(
    row: unknown[],
    { offset: start, plan }: RowPart,
    offset: number,
    isFresh: boolean,
  ): TrackedObject | undefined {
    const at = offset + start
    const isThere = plan.mapping.primaryKey.every((column) => row[at + column.index] !== null)
    return isThere ? this.#options.loader.take(plan.mapping, row, at, isFresh) : undefined
  }

  #below(
    { plan }: { readonly plan: RelationLoad['plan'] },
    parents: readonly TrackedObject[],
    jobs: Job[],
  ): void {
    if (parents.length === 0) return
    for (const load of plan.loads) if (!load.isJoined) jobs.push({ load, parents })
  }
}

const NO_ROWS: Promise<unknown[][]> = Promise.resolve([])

/** For whom each row was found. */
function slotsOf(
  keys: RelationKeys,
  rows: readonly unknown[][],
  key: number | undefined,
): (RelationSlot | undefined)[] {
  if (key === undefined) {
    const byOrdinal = [...keys.slots.values()]
    return rows.map((row) => byOrdinal[(row[0] as number) - 1])
  }
  let value: unknown
  let slot: RelationSlot | undefined
  return rows.map((row) => {
    // Rows of one parent mostly follow each other.
    if (row[key] !== value) {
      value = row[key]
      slot = keys.slots.get(keyOf(value) ?? '')
    }
    return slot
  })
}
