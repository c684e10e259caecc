import type { DatabaseError } from '../errors/database-error.js'
import type { StatementGroup } from '../postgres/statement-group.js'
import type { StatementResult } from '../postgres/statement-result.js'
import type { RoundTripEvent, StatementEvent } from './engine-events.js'

/** What a statement did to its transaction. */
export type TransactionStep = 'begin' | 'commit' | 'rollback'

/**
 * What a group of statements was answered, as people and programs are told of it.
 *
 * @internal
 */
export class RoundTripReport {
  readonly sessionId: string | undefined
  readonly durationMillis: number
  readonly #group: StatementGroup

  constructor(group: StatementGroup, durationMillis: number, sessionId: string | undefined) {
    this.#group = group
    this.durationMillis = durationMillis
    this.sessionId = sessionId
  }

  /** All of it in one. */
  get roundTrip(): RoundTripEvent {
    const { statements, outcomes, error } = this.#group
    return {
      sessionId: this.sessionId,
      statements: statements.map(({ text }) => text),
      durationMillis: this.durationMillis,
      rowCount: outcomes.reduce((sum, outcome) => sum + rowCountOf(outcome), 0),
      error,
    }
  }

  /** One for each statement that ran, or may have run: behind a failure none did. */
  get statements(): readonly StatementEvent[] {
    const { statements, outcomes, error, isLost } = this.#group
    const end = isLost ? statements.length : outcomes.length + (error === undefined ? 0 : 1)
    return statements.slice(0, end).map(({ text, caller }, index) => {
      const outcome = outcomes[index]
      return {
        sessionId: this.sessionId,
        text,
        durationMillis: this.durationMillis,
        rowCount: outcome === undefined ? 0 : rowCountOf(outcome),
        error: outcome === undefined ? error : errorOf(outcome),
        where: caller?.where,
      }
    })
  }

  /** Parameters of the statements, in the same order. */
  get parameters(): readonly unknown[] {
    return this.#group.statements.map(({ values }) => values)
  }

  /** What the server confirmed. */
  get transactionSteps(): readonly TransactionStep[] {
    const { statements, outcomes } = this.#group
    return outcomes
      .map((outcome, index) => stepOf(statements[index]?.text ?? '', outcome))
      .filter((step) => step !== undefined)
  }
}

/** The tag alone does not tell: ROLLBACK TO SAVEPOINT has that of ROLLBACK, and so has a COMMIT that failed (R5). */
function stepOf(text: string, outcome: StatementResult | DatabaseError): TransactionStep | undefined {
  if (!('command' in outcome)) return undefined
  if (/^\s*(?:begin|start\s+transaction)\b/i.test(text)) return 'begin'
  if (/^\s*(?:commit|end)\b/i.test(text)) return outcome.command === 'COMMIT' ? 'commit' : 'rollback'
  return /^\s*(?:rollback|abort)\b(?!.*\bto\b)/i.test(text) ? 'rollback' : undefined
}

function rowCountOf(outcome: StatementResult | DatabaseError): number {
  return 'command' in outcome ? (outcome.rowCount ?? 0) : 0
}

function errorOf(outcome: StatementResult | DatabaseError): DatabaseError | undefined {
  return 'command' in outcome ? undefined : outcome
}
