import type { ColumnMapping } from './column-mapping.js'
import type { FlushContext } from './flush-context.js'
import { groupBy } from './group-by.js'
import { InsertBatch } from './insert-batch.js'
import type { InsertPlan } from './insert-plan.js'
import { chooseTechnique } from './insert-text.js'
import { selectDefaults } from './key-statements.js'
import type { AnyRow } from './row.js'
import type { TrackedObject } from './tracked-object.js'

/**
 * The step of a flush that writes new rows, those that others point at first.
 *
 * @internal
 */
export class InsertWriter {
  readonly #context: FlushContext

  constructor(context: FlushContext) {
    this.#context = context
  }

  async write({ numberedFirst, stages, postponed }: InsertPlan): Promise<void> {
    if (numberedFirst.length > 0) await this.#number(numberedFirst)
    for (const stage of stages) await this.#insert(stage, postponed, numberedFirst.length > 0)
  }

  async #insert(
    stage: readonly TrackedObject[],
    postponed: ReadonlyMap<TrackedObject, readonly ColumnMapping[]>,
    isNumbered: boolean,
  ): Promise<void> {
    const { mapper, runner, identities, journal, answers } = this.#context
    await this.#context.resolve(stage, postponed)
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
      const results = Promise.all(statements.map((each) => runner.execute(each)))
      answers.add(results, (each) => {
        batch.apply(each, shape, identities, journal)
      })
    }
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
}
