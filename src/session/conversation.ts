import type { DatabaseError } from '../errors/database-error.js'
import type { OperationAbortedError } from '../errors/operational-error.js'
import type { Lease } from '../engine/lease.js'
import { Deadline } from '../foundation/deadline.js'
import type { StatementGroup } from '../postgres/statement-group.js'
import type { StatementResult } from '../postgres/statement-result.js'
import { statement, type Statement } from '../postgres/statement.js'
import type { Borrower, ConnectionSupply } from './connection-supply.js'
import { CommitAttempt } from './commit-attempt.js'
import { LeaseRequest, type LeaseRequester } from './lease-request.js'
import { ROLLBACK_MILLIS } from './patience.js'
import type { SessionConversation } from './session-conversation.js'
import { endedByStatement, notRun, rolledBack } from './session-errors.js'
import { SESSION_VERDICTS } from './session-state.js'
import { SessionStanding } from './session-standing.js'
import { statementRefusal } from './statement-refusal.js'
import { StatementLine, type LineOwner } from './statement-line.js'
import type { StopManner } from './stop-flight.js'
import type { TransactionEnd } from './transaction-end.js'
import type { TransactionPlan } from './transaction-plan.js'
import { TransactionTrace } from './transaction-trace.js'

const ROLLBACK = statement('rollback', [])
/** Nobody waits for the end of an aborted session. */
const HURRIED_MILLIS = 1_000

/**
 * One conversation with the database: a line of statements, at most one transaction, at most one connection.
 *
 * BEGIN leaves with the first statements. Once an end has begun nothing follows it (I-GATE): the gate is closed
 * before the end is sent, and what was started earlier is waited for.
 *
 * @internal
 */
export class Conversation extends SessionStanding implements SessionConversation, LineOwner, LeaseRequester {
  readonly #supply: ConnectionSupply
  readonly #line: StatementLine
  readonly #waiter: LeaseRequest
  readonly #deadline: Deadline
  #plan: TransactionPlan
  #lease: Lease | undefined
  /** The server has answered BEGIN. */
  #isBegun = false
  readonly #trace: TransactionTrace
  #discardedWrites = 0
  #transaction = 0
  /** From the sending of COMMIT until its outcome is known, or can't be. */
  #attempt: CommitAttempt | undefined

  constructor(who: Borrower, supply: ConnectionSupply, plan: TransactionPlan, deadline?: Deadline) {
    super()
    this.#supply = supply
    this.#plan = plan
    this.#deadline = deadline ?? Deadline.never
    this.#trace = new TransactionTrace(supply.commitResolver)
    this.#line = new StatementLine(this, supply.answerWatch)
    this.#waiter = new LeaseRequest(who, false, this)
  }

  use(plan: TransactionPlan): void {
    this.#plan = plan
  }

  /** Another number for each transaction. */
  get transaction(): number {
    return this.#transaction
  }

  /** Puts a statement in line; it leaves in this turn of the event loop when a connection is at hand. */
  execute(next: Statement): Promise<StatementResult> {
    if (SESSION_VERDICTS.statement[this.state] === 'refuse') return Promise.reject(this.refusal('statement'))
    const refused = statementRefusal(next.text, this.#plan.isPooled)
    if (refused !== undefined) return Promise.reject(refused)
    const result = this.#line.add(next)
    if (this.phase === 'idle') this.#acquire()
    return result
  }

  /** Puts SAVEPOINT in line; it leaves together with the statement that follows it. */
  savepoint(name: string): void {
    this.verdict('beginNested')
    this.#trace.writes.mark(name)
    this.#line.hold(statement(`savepoint ${name}`, []))
  }

  /** Keeps what was done since the savepoint. Costs nothing if that was nothing. */
  async releaseSavepoint(name: string): Promise<void> {
    if (!this.#line.takeOutHeld(`savepoint ${name}`))
      await this.execute(statement(`release savepoint ${name}`, []))
  }

  /**
   * Undoes what was done since the savepoint; an aborted transaction is alive again afterwards.
   *
   * @param keep - Whether the savepoint stays, to be returned to again.
   */
  async rollbackToSavepoint(name: string, keep = false): Promise<void> {
    if (!keep && this.#line.takeOutHeld(`savepoint ${name}`)) return
    await this.#line.quiet()
    // Whoever ends the whole transaction meanwhile has undone this part of it too.
    if (this.#lease === undefined || this.ending !== undefined) return
    const statements = [statement(`rollback to savepoint ${name}`, [])]
    if (!keep) statements.push(statement(`release savepoint ${name}`, []))
    const { error } = await this.#line.sendAlone(statements, ROLLBACK_MILLIS, (group) => {
      if (group.error === undefined) {
        this.phase = 'active'
        this.firstError = undefined
        this.#trace.writes.returnTo(name)
      } else this.#invalidate(group.error)
    })
    if (error !== undefined) throw error
  }

  async commit(): Promise<void> {
    if (this.verdict('commit') === 'nothing') this.#line.refuse(notRun)
    else await this.endBy('committing', () => this.#commit())
  }

  async rollback(): Promise<void> {
    const verdict = this.verdict('rollback')
    if (verdict === 'nothing') this.#line.refuse(notRun)
    else if (verdict === 'join') await this.endUnderWay?.catch(() => undefined)
    else await this.endBy('rolling back', () => this.#rollback())
  }

  /** Ends for good: rolls back what is open. Gives the number of changing statements that were rolled back by it. */
  async close(end: TransactionEnd): Promise<number> {
    const verdict = this.verdict('close')
    if (verdict === 'nothing') return 0
    this.#discardedWrites = 0
    this.isClosing = true
    if (verdict === 'wait') await this.endUnderWay?.catch(() => undefined)
    if (this.phase !== 'idle' && this.phase !== 'closed') {
      await this.endBy('rolling back', () => this.#rollback())
    }
    this.phase = 'closed'
    this.end ??= end
    return this.#discardedWrites
  }

  /**
   * Ends for good, now: what waits is refused, what runs is cancelled, the transaction is rolled back. A COMMIT that
   * is under way is waited for, never cancelled (I-NOCANCEL-COMMIT).
   */
  async abort(reason: OperationAbortedError, end: TransactionEnd): Promise<void> {
    this.abortedFor = reason
    this.#attempt?.hurry(reason)
    if (this.#attempt === undefined) {
      this.#line.refuse(() => reason)
      if (this.phase === 'acquiring') this.onNoLease(reason)
      this.#supply.withdraw(this.#waiter)
    }
    // A cancel that is still on its way would hit ROLLBACK, or the next borrower's statement: both wait (E8l, I-ABORT).
    void this.#line.stop(reason, 'cancel')
    await this.close(end)
  }

  async stop(next: Statement, reason: OperationAbortedError, manner: StopManner): Promise<void> {
    if (this.#line.hasInFlight(next)) await this.#line.stop(reason, manner)
    else if (this.#line.takeOut(next, reason) && this.phase === 'acquiring' && this.#line.isQuiet) {
      this.#supply.withdraw(this.#waiter)
      this.phase = 'idle'
    }
  }

  invalidate(reason: DatabaseError): void {
    if (this.verdict('invalidate') === 'nothing') return
    if (this.phase === 'acquiring') this.#supply.withdraw(this.#waiter)
    // Before the connection is gone: what was in flight there must not be sent on another one.
    this.phase = 'invalid'
    this.#invalidate(reason)
  }

  onLease(lease: Lease): void {
    if (this.phase !== 'acquiring') {
      lease.release()
      return
    }
    this.#lease = lease
    this.phase = 'active'
    this.#supply.commitResolver?.prepare(lease)
    this.#line.attach(lease, this.#plan, this.#deadline.remainingMillis)
  }

  onNoLease(error: DatabaseError): void {
    // Aborted, not idle: a caller who swallows this must not see commit() succeed (I-SWALLOW).
    this.phase = 'aborted'
    this.firstError = error
    this.#line.refuse(() => error)
  }

  onAnswered(group: StatementGroup, asked: number): DatabaseError | undefined {
    const { error, status } = group
    this.#isBegun = status !== 'I'
    this.#trace.note(group, asked, this.#lease as Lease)
    if (error === undefined) {
      if (!this.#isBegun) this.#invalidate(endedByStatement())
      return undefined
    }
    this.firstError = error
    this.phase = 'aborted'
    if (!this.#plan.isReadOnly) this.#lease?.noteRefusal(error)
    // BEGIN itself was refused: there is no transaction, and the connection is as clean as it was.
    if (!this.#isBegun) this.#releaseLease()
    return this.abortedFor ?? error
  }

  onLost(group: StatementGroup): DatabaseError | 'resend' {
    const error = group.error as DatabaseError
    // The begin group is the ping: nothing in it can have been committed, so it may be sent again (DESIGN §6).
    if (!this.#isBegun && this.mayResend() && this.#lease?.isUnproven === true) {
      this.#lease.destroy(error)
      this.#releaseLease()
      this.#acquire()
      return 'resend'
    }
    this.#invalidate(error)
    return this.abortedFor ?? error
  }

  onDestroyed(reason: DatabaseError): void {
    if (this.#lease !== undefined) this.#invalidate(reason)
  }

  questions(statements: readonly Statement[]): readonly Statement[] {
    return this.#trace.questions(statements)
  }

  /** Nobody has decided to give the transaction up. */
  mayResend(): boolean {
    const isGivenUp = this.phase === 'invalid' || this.abortedFor !== undefined
    return !isGivenUp && this.ending !== 'rolling back' && !this.#line.isStopping
  }

  async #commit(): Promise<void> {
    if (!this.#line.isQuiet) await this.#line.quiet()
    if (this.phase !== 'active' || this.abortedFor !== undefined) {
      const cause = this.abortedFor ?? this.firstError
      if (this.phase === 'aborted' || this.phase === 'active') await this.#rollback()
      throw rolledBack(cause)
    }
    this.#attempt = new CommitAttempt(this.#lease as Lease, this.#supply, this.#trace.commit)
    const group = await this.#attempt.send(this.#line)
    if (group.isLost) this.#invalidate(group.error as DatabaseError)
    else this.#finish()
    const failure = group.isLost ? await this.#attempt.unanswered(group) : this.#attempt.failureOf(group)
    this.#attempt = undefined
    if (failure !== undefined) throw failure
  }

  async #rollback(): Promise<void> {
    this.#line.refuse(notRun)
    if (this.phase === 'acquiring') this.#supply.withdraw(this.#waiter)
    if (!this.#line.isQuiet) await this.#line.quiet()
    if (this.phase === 'active') this.#discardedWrites = this.#trace.writes.value
    if (this.#isBegun && this.#lease !== undefined) {
      const millis = this.abortedFor === undefined ? ROLLBACK_MILLIS : HURRIED_MILLIS
      const group = await this.#line.sendAlone([ROLLBACK], millis)
      // A connection that can't roll back is destroyed, and the server rolls back by itself: nothing is lost (R7).
      if (group.error !== undefined) this.#lease.destroy(group.error)
    }
    this.#finish()
  }

  #finish(): void {
    this.#releaseLease()
    this.phase = 'idle'
    this.firstError = undefined
  }

  #invalidate(error: DatabaseError): void {
    this.#lease?.destroy(error)
    this.#releaseLease()
    this.phase = 'invalid'
    this.firstError = error
    this.#line.refuse(() => this.refusal('statement'))
  }

  #releaseLease(): void {
    const lease = this.#lease
    this.#lease = undefined
    this.#line.detach()
    this.#isBegun = false
    this.#transaction++
    this.#trace.reset()
    lease?.release()
  }

  #acquire(): void {
    this.phase = 'acquiring'
    this.#supply.enqueue(this.#waiter)
  }
}
