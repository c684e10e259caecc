import { statement } from '../postgres/statement.js'
import { AnswersUnderWay } from './answers-under-way.js'
import type { ColumnMapping } from './column-mapping.js'
import type { IdentityMap } from './identity-map.js'
import type { Mapper } from './mapper.js'
import { resolvePendingValues } from './resolve-pending-values.js'
import type { StatementRunner } from './statement-runner.js'
import type { TrackedObject } from './tracked-object.js'
import type { TransactionJournal } from './transaction-journal.js'

/** What a flush works with. */
export interface FlushParts {
  readonly runner: StatementRunner
  readonly mapper: Mapper
  readonly identities: IdentityMap
  readonly journal: TransactionJournal
}

/**
 * What the steps of one flush share.
 *
 * @internal
 */
export class FlushContext implements FlushParts {
  readonly runner: StatementRunner
  readonly mapper: Mapper
  readonly identities: IdentityMap
  readonly journal: TransactionJournal
  readonly answers = new AnswersUnderWay()
  readonly #hasPendingValues: boolean

  /**
   * @param parts - What the flush works with.
   * @param hasPendingValues - Whether any value may stand for one that another object will have.
   */
  constructor({ runner, mapper, identities, journal }: FlushParts, hasPendingValues: boolean) {
    this.runner = runner
    this.mapper = mapper
    this.identities = identities
    this.journal = journal
    this.#hasPendingValues = hasPendingValues
  }

  /** Puts the values in place that other objects have by now. */
  async resolve(
    states: readonly TrackedObject[],
    postponed?: ReadonlyMap<TrackedObject, readonly ColumnMapping[]>,
  ): Promise<void> {
    if (!this.#hasPendingValues) return
    const { identities, journal } = this
    await resolvePendingValues({
      states,
      postponed,
      identities,
      journal,
      settled: () => this.answers.settled(),
    })
  }

  /** Lets constraints, given as SQL text, wait for COMMIT. */
  defer(constraints: ReadonlySet<string>): void {
    if (constraints.size === 0) return
    const text = `set constraints ${[...constraints].join(', ')} deferred`
    this.answers.add(this.runner.execute(statement(text, [])), () => undefined)
  }

  /** Rows were deleted: their objects leave the session. */
  takeOut(states: readonly TrackedObject[]): void {
    for (const state of states) {
      this.identities.remove(state)
      state.status = 'deleted'
      state.isMarked = false
    }
    this.journal.noteDeleted(states)
  }
}
