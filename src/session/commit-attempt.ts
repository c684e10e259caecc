import type { CommitTrace } from '../engine/commit-resolver.js'
import type { Lease } from '../engine/lease.js'
import type { DatabaseError } from '../errors/database-error.js'
import type { StatementGroup } from '../postgres/statement-group.js'
import { statement } from '../postgres/statement.js'
import { commitUnknown, rolledBack } from './session-errors.js'
import type { ConnectionSupply } from './connection-supply.js'
import { saysCommitted } from './says-committed.js'
import type { StatementLine } from './statement-line.js'

const COMMIT = Object.freeze([statement('commit', [])])
/** How long a COMMIT may still be waited for when its session has been aborted, in milliseconds. */
const GRACE_MILLIS = 1_000

/**
 * One COMMIT on its way. It is never cancelled (I-NOCANCEL-COMMIT); when the wait for its answer ends, its connection is
 * given up, and it may have been applied or not.
 *
 * @internal
 */
export class CommitAttempt {
  readonly #lease: Lease
  readonly #supply: ConnectionSupply
  readonly #trace: CommitTrace | undefined
  #grace: NodeJS.Timeout | undefined
  #isAnswered = false

  /** @param trace - By what its outcome can be found out; without it nobody can know. */
  constructor(lease: Lease, supply: ConnectionSupply, trace: CommitTrace | undefined) {
    this.#trace = trace
    this.#lease = lease
    this.#supply = supply
  }

  /** Sends it and waits for the answer, however it turns out. */
  send(line: StatementLine): Promise<StatementGroup> {
    return line.sendAlone(COMMIT, this.#supply.options.session.commitTimeoutMillis, () => {
      this.#isAnswered = true
      clearTimeout(this.#grace)
    })
  }

  /** Its session was aborted: the answer is waited for only a little longer. */
  hurry(reason: DatabaseError): void {
    if (this.#isAnswered) return
    this.#grace ??= setTimeout(() => {
      this.#lease.destroy(reason)
    }, GRACE_MILLIS)
  }

  /**
   * What is wrong with an answer. PostgreSQL answers COMMIT in a failed transaction with the tag ROLLBACK and no error
   * (F2, E7, I-ACK), and a deferred constraint or a serialization failure with an error of its own.
   */
  failureOf({ error, outcomes }: StatementGroup): DatabaseError | undefined {
    if (error !== undefined) return error
    return saysCommitted(outcomes[0]) ? undefined : rolledBack(undefined)
  }

  /** What is to be told where there was no answer: another connection is asked what became of it. */
  async unanswered(group: StatementGroup): Promise<DatabaseError> {
    const trace = this.#trace
    const cause = group.error as DatabaseError
    if (!group.isSent) return rolledBack(cause)
    const outcome = trace === undefined ? undefined : await this.#supply.commitResolver?.resolve(trace)
    return commitUnknown(cause, outcome ?? 'unknown', trace?.xid)
  }
}
