import type { StatementResult } from '../postgres/statement-result.js'
import { planDeletes } from './delete-plan.js'
import type { FlushContext } from './flush-context.js'
import { ORDINAL } from './insert-text.js'
import { deleteByKeys, selectPresent } from './key-statements.js'
import { rowsChangedMeanwhile } from './object-refusals.js'
import type { AnyRow, RowList } from './row.js'
import type { TrackedObject } from './tracked-object.js'
import type { UpdateWriter } from './update-writer.js'

/**
 * The step of a flush that deletes rows, those that point at others first.
 *
 * @internal
 */
export class DeleteWriter {
  readonly #context: FlushContext
  readonly #updates: UpdateWriter

  constructor(context: FlushContext, updates: UpdateWriter) {
    this.#context = context
    this.#updates = updates
  }

  write(states: readonly TrackedObject[]): void {
    if (states.length === 0) return
    const plan = planDeletes(states, this.#context.identities)
    this.#context.defer(plan.deferred)
    this.#updates.empty(plan.emptied)
    for (const stage of plan.stages) this.#delete(stage)
  }

  #delete(stage: readonly TrackedObject[]): void {
    const [{ mapping }] = stage as readonly [TrackedObject]
    const { version } = mapping
    const rows = stage.map(({ snapshot, object }) =>
      version === undefined
        ? (snapshot as RowList)
        : (snapshot as RowList).with(version.index, object[version.key]),
    )
    const { answers, runner } = this.#context
    answers.add(runner.execute(deleteByKeys(mapping, rows)), async (result) => {
      // A row that is gone already is what was asked for; one that is there has another version.
      if (version !== undefined && result.rowCount !== rows.length) await this.#refuseChanged(stage, result)
      this.#context.takeOut(stage)
    })
  }

  async #refuseChanged(stage: readonly TrackedObject[], result: StatementResult): Promise<void> {
    const [{ mapping }] = stage as readonly [TrackedObject]
    const deleted = new Set((result.rows as AnyRow[]).map((row) => row[ORDINAL]))
    const others = stage.filter((_, index) => !deleted.has(index + 1))
    const { rows } = (await this.#context.runner.execute(
      selectPresent(
        mapping,
        others.map(({ snapshot }) => snapshot as RowList),
      ),
    )) as StatementResult<{ readonly '#': number }>
    if (rows.length === 0) return
    const lost = rows.map((row) => {
      const state = others[row['#'] - 1] as TrackedObject
      return { state, known: state.snapshot as RowList }
    })
    throw rowsChangedMeanwhile(mapping, lost, stage.length)
  }
}
