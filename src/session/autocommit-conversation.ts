import type { Lease } from '../engine/lease.js'
import type { DatabaseError } from '../errors/database-error.js'
import type { OperationAbortedError } from '../errors/operational-error.js'
import { CommitUnknownError } from '../errors/transaction-error.js'
import type { Deadline } from '../foundation/deadline.js'
import { Deferred } from '../foundation/deferred.js'
import type { StatementGroup } from '../postgres/statement-group.js'
import type { StatementResult } from '../postgres/statement-result.js'
import { statement, type Statement } from '../postgres/statement.js'
import { aloneOutcome } from './alone-outcome.js'
import type { Borrower, ConnectionSupply } from './connection-supply.js'
import { LeaseRequest, type LeaseRequester } from './lease-request.js'
import { Patience, ROLLBACK_MILLIS } from './patience.js'
import { needsTransaction } from './propagation-errors.js'
import type { SessionConversation } from './session-conversation.js'
import { notRun } from './session-errors.js'
import type { SessionPlan } from './session-plan.js'
import { SessionStanding } from './session-standing.js'
import { SESSION_VERDICTS, type SessionOperation } from './session-state.js'
import { statementRefusal } from './statement-refusal.js'
import { stopFlight, type Flyer, type StopManner } from './stop-flight.js'
import type { TransactionEnd } from './transaction-end.js'

const COMMIT = statement('commit', [])
const ROLLBACK = statement('rollback', [])

interface WaitingStatement {
  readonly statement: Statement
  readonly resolve: (result: StatementResult) => void
  readonly reject: (error: DatabaseError) => void
}

/**
 * A conversation in which every statement is a transaction of its own (R13): one after the other, each stored when it
 * is answered. What the session begins its transactions with leaves with each statement, in one group with its COMMIT;
 * a session that has nothing to say sends the bare statement. Between statements no connection is held.
 *
 * @internal
 */
export class AutocommitConversation
  extends SessionStanding
  implements SessionConversation, LeaseRequester, Flyer
{
  readonly #supply: ConnectionSupply
  readonly #waiter: LeaseRequest
  readonly #deadline: Deadline
  readonly #patience: Patience
  #plan: SessionPlan
  readonly #waiting: WaitingStatement[] = []
  #running: WaitingStatement | undefined
  #lease: Lease | undefined
  #statements = 0
  /** The cancelling of what runs, or ran. Before it has ended, nothing may be sent and the connection not be lent. */
  #stopping: Promise<'destroyed' | 'stopped'> | undefined
  #whenAnswered: Deferred<undefined> | undefined
  #whenQuiet: Deferred<undefined> | undefined

  constructor(who: Borrower, supply: ConnectionSupply, plan: SessionPlan, deadline: Deadline) {
    super()
    this.#supply = supply
    this.#plan = plan
    this.#deadline = deadline
    this.#patience = new Patience(supply.answerWatch)
    // A statement that commits by itself can't be sent twice.
    this.#waiter = new LeaseRequest(who, true, this)
  }

  use(plan: SessionPlan): void {
    this.#plan = plan
  }

  /** Every statement is a transaction. */
  get transaction(): number {
    return this.#statements
  }

  get flight(): object | undefined {
    return this.#running
  }

  answered(): Promise<unknown> {
    this.#whenAnswered ??= new Deferred()
    return this.#whenAnswered.promise
  }

  override verdict(attempted: SessionOperation): ReturnType<SessionStanding['verdict']> {
    const verdict = super.verdict(attempted)
    if (attempted === 'begin' || attempted === 'beginNested') throw needsTransaction(`${attempted}()`)
    return verdict
  }

  execute(next: Statement): Promise<StatementResult> {
    if (SESSION_VERDICTS.statement[this.state] === 'refuse') return Promise.reject(this.refusal('statement'))
    const refused = statementRefusal(next.text, this.#plan.isPooled)
    if (refused !== undefined) return Promise.reject(refused)
    return new Promise((resolve, reject) => {
      this.#waiting.push({ statement: next, resolve, reject })
      if (this.phase === 'idle') this.#acquire()
    })
  }

  savepoint(): void {
    throw needsTransaction('A savepoint')
  }

  releaseSavepoint(): Promise<void> {
    return Promise.reject(needsTransaction('A savepoint'))
  }

  rollbackToSavepoint(): Promise<void> {
    return Promise.reject(needsTransaction('A savepoint'))
  }

  /** Nothing is left to be stored: waits for what was started. */
  async commit(): Promise<void> {
    if (this.verdict('commit') !== 'nothing') await this.#idle()
  }

  /** What was answered is stored and stays; what has not left yet is not run. */
  async rollback(): Promise<void> {
    if (this.verdict('rollback') !== 'nothing') await this.#giveUp()
  }

  async close(end: TransactionEnd): Promise<number> {
    if (this.verdict('close') === 'nothing') return 0
    this.isClosing = true
    this.end ??= end
    if (this.ending !== undefined) await this.endUnderWay
    else await this.endBy('rolling back', () => this.#giveUp())
    this.phase = 'closed'
    return 0
  }

  async abort(reason: OperationAbortedError, end: TransactionEnd): Promise<void> {
    this.abortedFor = reason
    this.#refuse(reason)
    const cancelled = this.#cancel(reason, 'cancel')
    await this.close(end)
    await cancelled
  }

  async stop(next: Statement, reason: OperationAbortedError, manner: StopManner): Promise<void> {
    if (this.#running?.statement === next) {
      await this.#cancel(reason, manner)
      return
    }
    const index = this.#waiting.findIndex((waiting) => waiting.statement === next)
    for (const taken of index === -1 ? [] : this.#waiting.splice(index, 1)) taken.reject(reason)
    if (this.phase === 'acquiring' && this.#waiting.length === 0) this.#refuse(reason)
  }

  invalidate(reason: DatabaseError): void {
    if (this.verdict('invalidate') === 'nothing') return
    this.#refuse(reason)
    // The session itself goes on: there is no transaction that could be half done.
    this.#lease?.destroy(reason)
  }

  onLease(lease: Lease): void {
    if (this.phase !== 'acquiring') {
      lease.release()
      return
    }
    this.phase = 'active'
    this.#lease = lease
    this.#next(lease)
  }

  onNoLease(error: DatabaseError): void {
    this.phase = 'idle'
    this.#refuse(error)
    this.#noteQuiet()
  }

  async #giveUp(): Promise<void> {
    if (this.#waiting.length > 0) this.#refuse(notRun())
    await this.#idle()
  }

  async #cancel(reason: OperationAbortedError, manner: StopManner): Promise<void> {
    if (this.#running === undefined || this.#lease === undefined || this.#stopping !== undefined) return
    this.#stopping = stopFlight(this, this.#lease, reason, manner)
    await this.#stopping
    this.#stopping = undefined
  }

  /** Resolves when nothing waits and nothing runs. */
  async #idle(): Promise<void> {
    if (this.phase === 'idle') return
    this.#whenQuiet ??= new Deferred()
    await this.#whenQuiet.promise
  }

  #acquire(): void {
    this.phase = 'acquiring'
    this.#supply.enqueue(this.#waiter)
  }

  #refuse(error: DatabaseError): void {
    for (const waiting of this.#waiting.splice(0)) waiting.reject(error)
    if (this.phase !== 'acquiring') return
    this.#supply.withdraw(this.#waiter)
    this.phase = 'idle'
    this.#noteQuiet()
  }

  #next(lease: Lease): void {
    const next = this.#waiting.shift()
    if (next === undefined) {
      this.#leave(lease)
      return
    }
    this.#running = next
    this.#statements++
    const begin = this.#plan.beginAlone(this.#deadline.remainingMillis)
    this.#send(lease, next, begin, (settled) => {
      if (!settled.isStale || this.#stopping !== undefined || this.ending === 'rolling back') {
        this.#onSettled(lease, next, settled, begin.length)
        return
      }
      // What the server had prepared is gone, and nothing was stored: it is prepared again (I-PREP).
      const front = settled.status === 'I' ? begin : [ROLLBACK, ...begin]
      this.#send(lease, next, front, (second) => {
        this.#onSettled(lease, next, second, front.length)
      })
    })
  }

  #send(
    lease: Lease,
    { statement: own }: WaitingStatement,
    front: readonly Statement[],
    onSettled: (group: StatementGroup) => void,
  ): void {
    const { scope, statementTimeoutMillis } = this.#plan
    const group = front.length === 0 ? [own] : [...front, own, COMMIT]
    const limitMillis = this.#patience.limitFor([own], statementTimeoutMillis)
    this.#patience.send(lease, group, limitMillis, onSettled, scope)
  }

  #onSettled(lease: Lease, ran: WaitingStatement, group: StatementGroup, index: number): void {
    this.#running = undefined
    this.#whenAnswered?.resolve(undefined)
    this.#whenAnswered = undefined
    this.#tell(ran, group, index)
    if (group.isLost) this.#leave(lease, group.error)
    else if (this.#stopping === undefined) this.#goOn(lease, group)
    else {
      // A cancel that is still on its way would hit ROLLBACK, or what comes next (E8l, I-ABORT).
      void this.#stopping.then((became) => {
        if (became === 'destroyed') this.#leave(lease)
        else this.#goOn(lease, group)
      })
    }
  }

  /** A statement that failed between its BEGIN and its COMMIT has left a transaction. */
  #goOn(lease: Lease, { status }: StatementGroup): void {
    if (status === 'I') {
      this.#next(lease)
      return
    }
    this.#patience.send(lease, [ROLLBACK], ROLLBACK_MILLIS, ({ error }) => {
      if (error === undefined) this.#next(lease)
      else this.#leave(lease, error)
    })
  }

  #tell(
    { statement: { text }, resolve, reject }: WaitingStatement,
    group: StatementGroup,
    index: number,
  ): void {
    const outcome = aloneOutcome(group, index, text)
    if ('command' in outcome) resolve(outcome)
    else {
      const isTrue = group.error === undefined || CommitUnknownError.is(outcome)
      reject(isTrue ? outcome : (this.abortedFor ?? outcome))
    }
  }

  /** Ends the loan; who still waits gets another one. */
  #leave(lease: Lease, destroyFor?: DatabaseError): void {
    this.#lease = undefined
    this.phase = 'idle'
    if (destroyFor !== undefined) lease.destroy(destroyFor)
    else lease.release()
    if (this.#waiting.length > 0) this.#acquire()
    else this.#noteQuiet()
  }

  #noteQuiet(): void {
    this.#whenQuiet?.resolve(undefined)
    this.#whenQuiet = undefined
  }
}
