import type { StatementResult } from '../postgres/statement-result.js'
import type { ColumnMapping } from './column-mapping.js'
import type { FlushContext } from './flush-context.js'
import { groupBy } from './group-by.js'
import { indexes, ORDINAL } from './insert-text.js'
import { selectMissing } from './key-statements.js'
import { rowsChangedMeanwhile, rowsGoneMeanwhile } from './object-refusals.js'
import { nextVersion } from './row-version.js'
import type { AnyRow, RowList } from './row.js'
import { copyValue } from './same-value.js'
import { isGiven } from './table-mapping.js'
import type { TrackedObject } from './tracked-object.js'
import { UpdateBatch, type RowUpdate, type UpdateShape } from './update-batch.js'

/** An object whose row is to be changed, and the columns that differ. */
export interface ChangedObject {
  readonly state: TrackedObject
  readonly columns: readonly ColumnMapping[]
}

/**
 * The step of a flush that changes rows.
 *
 * @internal
 */
export class UpdateWriter {
  readonly #context: FlushContext

  constructor(context: FlushContext) {
    this.#context = context
  }

  /** Writes changes that somebody made: versions are compared and counted. */
  write(changes: readonly ChangedObject[]): void {
    this.#writeGroups(changes, true)
  }

  /** Fills in what an insert of the same flush had left open: the row's version is that of the insert. */
  complete(changes: readonly ChangedObject[]): void {
    this.#writeGroups(changes, false)
  }

  /** A new object takes over the row of one that is deleted in the same flush. */
  async takeOver(replaced: TrackedObject, state: TrackedObject): Promise<void> {
    await this.#context.resolve([state])
    const { mapping, object } = state
    const others = mapping.columns.filter(
      (column) => isGiven(column, object) && !mapping.primaryKey.includes(column) && !column.isVersion,
    )
    const shape = {
      mapping,
      // An UPDATE sets something; where there is nothing but the key, that.
      set: others.length > 0 ? others : mapping.primaryKey,
      defaulted: mapping.columns.filter(
        (column) => object[column.key] === undefined && !column.isComputed && !column.isVersion,
      ),
      isVersioned: mapping.version !== undefined,
    }
    const left = mapping.columns.filter((column) => !isGiven(column, object))
    const known = knownRow(replaced)
    this.#send(shape, [{ state, known, next: this.#nextRow(state, mapping.snapshot(object), known) }])
    this.#context.answers.add(Promise.resolve(), () => {
      this.#context.takeOut([replaced])
      this.#context.journal.noteInserted([state], left)
    })
  }

  /** Sets references to NULL in rows that are about to be deleted. */
  empty(emptied: ReadonlyMap<TrackedObject, readonly ColumnMapping[]>): void {
    const groups = groupBy(emptied, ([state, columns]) => `${state.mapping.key} ${indexes(columns)}`)
    for (const group of groups.values()) {
      const [[{ mapping }, set]] = group as [(typeof group)[number]]
      const updates = group.map(([state, columns]): RowUpdate => {
        const known = state.snapshot as RowList
        const next = known.slice()
        for (const { index } of columns) next[index] = null
        return { state, known, next }
      })
      const batch = new UpdateBatch({ mapping, set, defaulted: [], isVersioned: false }, updates)
      this.#context.answers.add(this.#context.runner.execute(batch.statement), () => undefined)
    }
  }

  #writeGroups(changes: readonly ChangedObject[], isCounted: boolean): void {
    const groups = groupBy(changes, ({ state, columns }) => `${state.mapping.key} ${indexes(columns)}`)
    for (const group of groups.values()) {
      const [first] = group as [ChangedObject]
      const { mapping } = first.state
      const isVersioned = isCounted && mapping.version !== undefined
      const updates = group.map(({ state, columns }): RowUpdate => {
        const known = isVersioned ? knownRow(state) : (state.snapshot as RowList)
        const next = (state.snapshot as RowList).slice()
        for (const { key, index } of columns) next[index] = copyValue(state.object[key])
        return { state, known, next: isVersioned ? this.#nextRow(state, next, known) : next }
      })
      this.#send({ mapping, set: first.columns, defaulted: [], isVersioned }, updates)
    }
  }

  /** Counts the version of a row that is to be written. */
  #nextRow({ mapping: { version } }: TrackedObject, next: RowList, known: Readonly<RowList>): RowList {
    if (version !== undefined) next[version.index] = nextVersion(known[version.index])
    return next
  }

  #send(shape: UpdateShape, updates: readonly RowUpdate[]): void {
    const { runner, identities, journal, answers } = this.#context
    const { mapping, isVersioned } = shape
    const batch = new UpdateBatch(shape, updates)
    answers.add(runner.execute(batch.statement), async (result) => {
      if (result.rowCount !== updates.length) throw await this.#staleUpdate(batch, result)
      if (batch.returned.length > 0) batch.takeBack(result.rows as AnyRow[])
      for (const { state, next } of updates) {
        journal.noteSnapshot(state)
        if (isVersioned && mapping.version !== undefined) {
          journal.noteReplaced(state, mapping.version.key)
          state.object[mapping.version.key] = next[mapping.version.index]
        }
        state.snapshot = next
        state.status = 'persistent'
        const identity = mapping.identityOf(next)
        if (identity !== state.identity) identities.setIdentity(state, identity)
      }
    })
  }

  async #staleUpdate({ shape, updates }: UpdateBatch, result: StatementResult): Promise<Error> {
    const { mapping, isVersioned } = shape
    if (isVersioned) {
      const written = new Set((result.rows as AnyRow[]).map((row) => row[ORDINAL]))
      const lost = updates.filter((_, index) => !written.has(index + 1))
      return rowsChangedMeanwhile(mapping, lost, updates.length)
    }
    const { rows } = (await this.#context.runner.execute(
      selectMissing(
        mapping,
        updates.map(({ next }) => next),
      ),
    )) as StatementResult<{ readonly '#': number }>
    const lost = rows.map((row) => updates[row['#'] - 1] as RowUpdate)
    return rowsGoneMeanwhile(mapping, lost, updates.length)
  }
}

/** The row as it must be found: as it was read, but of the version that the object says it is. */
function knownRow({ mapping: { version }, snapshot, object }: TrackedObject): Readonly<RowList> {
  return version === undefined
    ? (snapshot as RowList)
    : (snapshot as RowList).with(version.index, object[version.key] ?? null)
}
