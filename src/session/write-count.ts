import type { DatabaseError } from '../errors/database-error.js'
import type { StatementResult } from '../postgres/statement-result.js'

/** Commands that leave nothing behind in the database. */
const READING = new Set(
  'BEGIN SELECT SHOW SET EXPLAIN SAVEPOINT RELEASE ROLLBACK DECLARE FETCH MOVE CLOSE'.split(' '),
)

/**
 * How many statements of a transaction changed something, by their command tags: what a session that is closed
 * without commit() says that it threw away. A SELECT that calls a writing function counts as reading.
 *
 * @internal
 */
export class WriteCount {
  #count = 0
  #before: Map<string, number> | undefined

  get value(): number {
    return this.#count
  }

  add(outcomes: readonly (StatementResult | DatabaseError)[]): void {
    for (const outcome of outcomes) if ('command' in outcome && !READING.has(outcome.command)) this.#count++
  }

  /** Notes how many there are when a savepoint begins. */
  mark(savepoint: string): void {
    this.#before ??= new Map()
    this.#before.set(savepoint, this.#count)
  }

  /** Forgets those since the savepoint began: they were undone. */
  returnTo(savepoint: string): void {
    this.#count = this.#before?.get(savepoint) ?? this.#count
  }

  reset(): void {
    this.#count = 0
    this.#before = undefined
  }
}
