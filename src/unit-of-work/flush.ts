import { StaleDataError } from '../errors/transaction-error.js'
import { statement } from '../postgres/statement.js'
import type { StatementResult } from '../postgres/statement-result.js'
import type { ColumnMapping } from './column-mapping.js'
import { planDeletes } from './delete-plan.js'
import { groupBy } from './group-by.js'
import type { IdentityMap } from './identity-map.js'
import { InsertBatch } from './insert-batch.js'
import { planInserts } from './insert-plan.js'
import { chooseTechnique, indexes } from './insert-text.js'
import { deleteByKeys, selectDefaults, selectMissing } from './key-statements.js'
import type { Mapper } from './mapper.js'
import { resolvePendingValues } from './resolve-pending-values.js'
import type { AnyRow } from './row.js'
import { copyValue } from './same-value.js'
import type { StatementRunner } from './statement-runner.js'
import { isGiven, type TableMapping } from './table-mapping.js'
import type { TrackedObject } from './tracked-object.js'
import type { TransactionJournal } from './transaction-journal.js'
import { UpdateBatch, type RowUpdate, type UpdateShape } from './update-batch.js'

/** What a flush works with. */
export interface FlushContext {
  readonly runner: StatementRunner
  readonly mapper: Mapper
  readonly identities: IdentityMap
  readonly journal: TransactionJournal
}

/** An object whose row is to be changed, and the columns that differ. */
export interface ChangedObject {
  readonly state: TrackedObject
  readonly columns: readonly ColumnMapping[]
}

/** What a flush has to do. */
export interface FlushWork {
  readonly inserts: readonly TrackedObject[]
  readonly changes: readonly ChangedObject[]
  readonly deletes: readonly TrackedObject[]
  /** Whether any value may stand for one that another object will have. */
  readonly hasPendingValues: boolean
}

/**
 * Writes changed objects to their rows: new ones in the order of their foreign keys, then changes, then deletions the
 * other way round. One statement for each table and set of columns; statements that need no answer of one another
 * leave together.
 *
 * @internal
 */
export class Flush {
  readonly #context: FlushContext
  #underWay: Promise<void>[] = []
  #hasPendingValues = false

  constructor(context: FlushContext) {
    this.#context = context
  }

  /** Resolves when everything was answered. After a failure part of it was written: the transaction must be rolled back. */
  async run(work: FlushWork): Promise<void> {
    try {
      await this.#start(work)
    } catch (error) {
      // What is under way must not change objects behind the caller's back.
      await Promise.allSettled(this.#underWay)
      throw error
    }
    await this.#settled()
  }

  async #start({ inserts, changes, deletes, hasPendingValues }: FlushWork): Promise<void> {
    const { identities } = this.#context
    this.#hasPendingValues = hasPendingValues
    const { added, switched } = takeOutSwitches(inserts, deletes, identities)
    const plan = planInserts(added, identities, hasPendingValues)
    this.#defer(plan.deferred)
    if (plan.numberedFirst.length > 0) await this.#number(plan.numberedFirst)
    for (const stage of plan.stages) {
      await this.#insert(stage, plan.postponed, plan.numberedFirst.length > 0)
    }
    const postponed = [...plan.postponed].map(([state, columns]) => ({ state, columns }))
    if (postponed.length > 0) await this.#settled()
    await this.#resolve([...postponed, ...changes].map(({ state }) => state))
    this.#update([...postponed, ...changes])
    for (const [replaced, state] of switched) await this.#switch(replaced, state)
    this.#delete(deletes.filter((state) => !switched.has(state)))
  }

  async #insert(
    stage: readonly TrackedObject[],
    postponed: ReadonlyMap<TrackedObject, readonly ColumnMapping[]>,
    isNumbered: boolean,
  ): Promise<void> {
    const { mapper, runner, identities, journal } = this.#context
    await this.#resolve(stage, postponed)
    for (const states of groupBy(stage, ({ mapping, object }) => mapping.signature(object)).values()) {
      const batch = new InsertBatch(states, postponed, isNumbered)
      const needsVersion = batch.returned.length > 0 && states.length > 1
      const version = needsVersion ? await mapper.serverVersion(runner) : 0
      const technique = chooseTechnique(batch, version, states.length)
      const shape = {
        mapping: batch.mapping,
        given: batch.given,
        returned: batch.returned,
        isOverriding: batch.isOverriding,
        technique,
      }
      const statements =
        technique === 'single'
          ? states.map((_, index) => batch.statement(shape, index, index + 1))
          : [batch.statement(shape)]
      const answers = statements.map((each) => runner.execute(each))
      this.#track(Promise.all(answers), (results) => {
        batch.apply(results, shape, identities, journal)
      })
    }
  }

  #update(changes: readonly ChangedObject[]): void {
    const groups = groupBy(changes, ({ state, columns }) => `${state.mapping.key} ${indexes(columns)}`)
    for (const group of groups.values()) {
      const [first] = group as [ChangedObject]
      const updates = group.map(({ state, columns }): RowUpdate => {
        const known = state.snapshot as AnyRow
        const next = { ...known }
        for (const { key } of columns) next[key] = copyValue(state.object[key])
        return { state, known, next }
      })
      this.#sendUpdate({ mapping: first.state.mapping, set: first.columns, defaulted: [] }, updates)
    }
  }

  /** A new object takes over the row of one that is deleted in the same flush. */
  async #switch(replaced: TrackedObject, state: TrackedObject): Promise<void> {
    await this.#resolve([state])
    const { mapping, object } = state
    const key = new Set(mapping.primaryKey)
    const set = mapping.columns.filter((column) => isGiven(column, object) && !key.has(column))
    const shape = {
      mapping,
      // An UPDATE sets something; where there is nothing but the key, that.
      set: set.length > 0 ? set : mapping.primaryKey,
      defaulted: mapping.columns.filter((column) => object[column.key] === undefined && !column.isComputed),
    }
    const left = mapping.columns.filter((column) => !isGiven(column, object))
    this.#sendUpdate(shape, [{ state, known: replaced.snapshot as AnyRow, next: mapping.snapshot(object) }])
    this.#track(Promise.resolve(), () => {
      this.#takeOut([replaced])
      this.#context.journal.noteInserted([state], left)
    })
  }

  #sendUpdate(shape: UpdateShape, updates: readonly RowUpdate[]): void {
    const { runner, identities, journal } = this.#context
    const batch = new UpdateBatch(shape, updates)
    this.#track(runner.execute(batch.statement), async (result) => {
      if (result.rowCount !== updates.length) throw await this.#staleUpdate(shape.mapping, updates)
      if (batch.returned.length > 0) batch.takeBack(result.rows as AnyRow[])
      for (const { state, next } of updates) {
        journal.noteSnapshot(state)
        state.snapshot = next
        state.status = 'persistent'
        const identity = shape.mapping.identity(next)
        if (identity !== state.identity) identities.setIdentity(state, identity)
      }
    })
  }

  #delete(states: readonly TrackedObject[]): void {
    const { identities, runner } = this.#context
    if (states.length === 0) return
    const plan = planDeletes(states, identities)
    this.#defer(plan.deferred)
    this.#empty(plan.emptied)
    for (const stage of plan.stages) {
      const [first] = stage as readonly [TrackedObject]
      const rows = stage.map((state) => state.snapshot as AnyRow)
      // A row that is gone already is what was asked for.
      this.#track(runner.execute(deleteByKeys(first.mapping, rows)), () => {
        this.#takeOut(stage)
      })
    }
  }

  /** Sets references to NULL in rows that are about to be deleted. */
  #empty(emptied: ReadonlyMap<TrackedObject, readonly ColumnMapping[]>): void {
    const groups = groupBy(emptied, ([state, columns]) => `${state.mapping.key} ${indexes(columns)}`)
    for (const group of groups.values()) {
      const [[{ mapping }, set]] = group as [(typeof group)[number]]
      const updates = group.map(([state, columns]): RowUpdate => {
        const known = state.snapshot as AnyRow
        return { state, known, next: { ...known, ...nulls(columns) } }
      })
      const batch = new UpdateBatch({ mapping, set, defaulted: [] }, updates)
      this.#track(this.#context.runner.execute(batch.statement), () => undefined)
    }
  }

  #takeOut(states: readonly TrackedObject[]): void {
    const { identities, journal } = this.#context
    for (const state of states) {
      identities.remove(state)
      state.status = 'deleted'
      state.isMarked = false
    }
    journal.noteDeleted(states)
  }

  /** Fetches the keys of rows that others must point at before they are written. */
  async #number(states: readonly TrackedObject[]): Promise<void> {
    const { runner, journal } = this.#context
    for (const [mapping, members] of groupBy(new Set(states), (state) => state.mapping)) {
      for (const column of mapping.primaryKey) {
        const without = members.filter(({ object }) => object[column.key] === undefined)
        if (without.length === 0 || column.defaultSql === undefined) continue
        const { rows } = await runner.execute(selectDefaults(mapping, column, without.length))
        for (const [index, state] of without.entries()) {
          journal.noteReplaced(state, column.key)
          state.object[column.key] = mapping.decode({ ...(rows[index] as AnyRow) })[column.key]
        }
      }
    }
  }

  #defer(constraints: ReadonlySet<string>): void {
    if (constraints.size === 0) return
    const text = `set constraints ${[...constraints].join(', ')} deferred`
    this.#track(this.#context.runner.execute(statement(text, [])), () => undefined)
  }

  /** Puts the values in place that other objects have by now. */
  async #resolve(
    states: readonly TrackedObject[],
    postponed?: ReadonlyMap<TrackedObject, readonly ColumnMapping[]>,
  ): Promise<void> {
    if (!this.#hasPendingValues) return
    const { identities, journal } = this.#context
    await resolvePendingValues({ states, postponed, identities, journal, settled: () => this.#settled() })
  }

  /** Takes note of an answer on its way; it is applied when it arrives. */
  #track<Answer>(answer: Promise<Answer>, apply: (answer: Answer) => Promise<void> | void): void {
    const applied = answer.then(apply)
    // Reported by #settled, or not at all if another failure came first.
    applied.catch(() => undefined)
    this.#underWay.push(applied)
  }

  /** Waits for all answers; throws the first failure. */
  async #settled(): Promise<void> {
    const underWay = this.#underWay
    this.#underWay = []
    const outcomes = await Promise.allSettled(underWay)
    for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason
  }

  async #staleUpdate(mapping: TableMapping, updates: readonly RowUpdate[]): Promise<StaleDataError> {
    const { rows } = (await this.#context.runner.execute(
      selectMissing(
        mapping,
        updates.map(({ next }) => next),
      ),
    )) as StatementResult<{ readonly '#': number }>
    const missing = rows.map((row) => (updates[row['#'] - 1] as RowUpdate).state.object)
    return new StaleDataError({
      message: `${missing.length} of ${updates.length} changed rows of ${mapping.key} no longer exist`,
      hint: 'Somebody else has deleted them, or a policy hides them. Call rollback(), and run the work again.',
      table: mapping.key,
      objects: missing,
    })
  }
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

function nulls(columns: readonly ColumnMapping[]): AnyRow {
  return Object.fromEntries(columns.map(({ key }) => [key, null]))
}
