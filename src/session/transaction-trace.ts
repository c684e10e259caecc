import type { CommitResolver, CommitTrace } from '../engine/commit-resolver.js'
import type { Lease } from '../engine/lease.js'
import type { StatementGroup } from '../postgres/statement-group.js'
import type { Statement } from '../postgres/statement.js'
import { StatementTraits } from './statement-traits.js'
import { WriteCount } from './write-count.js'

/**
 * What a transaction has done so far, and by what its outcome can be found out if its COMMIT is not answered.
 *
 * @internal
 */
export class TransactionTrace {
  readonly writes = new WriteCount()
  readonly #resolver: CommitResolver | undefined
  #commit: CommitTrace | undefined

  constructor(resolver: CommitResolver | undefined) {
    this.#resolver = resolver
  }

  /** How its outcome can be found out; `undefined` while it has written nothing. */
  get commit(): CommitTrace | undefined {
    return this.#commit
  }

  /** What leaves behind these statements, in their group: the question for the transaction's id, until it has one. */
  questions(statements: readonly Statement[]): readonly Statement[] {
    if (this.#resolver === undefined || this.#commit !== undefined) return NONE
    return statements.some(({ text }) => StatementTraits.of(text).mayWrite) ? [this.#resolver.askXid] : NONE
  }

  /**
   * Reads the answers to a group.
   *
   * @param asked - How many of its statements were {@link questions}.
   */
  note(group: StatementGroup, asked: number, lease: Lease): void {
    this.writes.add(group.outcomes)
    if (asked > 0 && group.error === undefined) {
      this.#commit = this.#resolver?.traceOf(group.outcomes.at(-1), lease)
    }
  }

  reset(): void {
    this.writes.reset()
    this.#commit = undefined
  }
}

const NONE: readonly Statement[] = Object.freeze([])
