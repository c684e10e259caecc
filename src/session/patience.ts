import { AnswerWait } from '../engine/answer-wait.js'
import type { AnswerWatch } from '../engine/answer-watch.js'
import type { Lease } from '../engine/lease.js'
import type { StatementGroup } from '../postgres/statement-group.js'
import type { Statement } from '../postgres/statement.js'
import { unanswered } from './session-errors.js'
import { StatementTraits } from './statement-traits.js'

/** How much later than the server's own limit an answer may arrive. */
const SLACK_MILLIS = 5_000

/** A server that is alive rolls back at once; and the end of the connection is a rollback too. */
export const ROLLBACK_MILLIS = 5_000

/**
 * Waits for answers, and no longer than a living server takes: the network may have lost either of the two without
 * telling, and says so only a quarter of an hour later (E5). The connection is given up then.
 *
 * @internal
 */
export class Patience extends AnswerWait {
  readonly #watch: AnswerWatch
  #lease: Lease | undefined
  #statements: readonly Statement[] = NONE
  /** The program has a limit of its own, which is not known here. */
  #isOverruled = false

  constructor(watch: AnswerWatch) {
    super()
    this.#watch = watch
  }

  /** Whether the program may have set a limit of its own. */
  get isOverruled(): boolean {
    return this.#isOverruled
  }

  /** The program's own limit has ended with its transaction. */
  forget(): void {
    this.#isOverruled = false
  }

  /**
   * How long the answer to statements may take, by the limit that the server has for each; 0 if there is none.
   *
   * @param timeoutMillis - The server's `statement_timeout`; 0 is off.
   */
  limitFor(statements: readonly Statement[], timeoutMillis: number): number {
    if (timeoutMillis === 0) return 0
    this.#isOverruled ||= statements.some(({ text }) => StatementTraits.of(text).mayChangeTimeout)
    const limitMillis = timeoutMillis * statements.length + SLACK_MILLIS + this.#watch.queueMillis
    return this.#isOverruled ? 0 : limitMillis
  }

  /**
   * Sends statements, and gives the connection up when their answer does not come. Precondition: none is waited for.
   *
   * @param limitMillis - Longest wait, in milliseconds; 0 waits for as long as it takes.
   */
  send(
    lease: Lease,
    statements: readonly Statement[],
    limitMillis: number,
    onSettled: (group: StatementGroup) => void,
    scope?: string,
  ): void {
    if (limitMillis === 0) {
      lease.send(statements, onSettled, scope)
      return
    }
    const settle = (group: StatementGroup): void => {
      this.#watch.end(this)
      this.#lease = undefined
      onSettled(group)
    }
    lease.send(statements, settle, scope)
    this.#lease = lease
    this.#statements = statements
    this.#watch.begin(this, limitMillis)
  }

  override onLate(waitedMillis: number): void {
    this.#lease?.destroy(unanswered(this.#statements, waitedMillis))
  }
}

const NONE: readonly Statement[] = Object.freeze([])
