import type { Lease } from '../engine/lease.js'
import type { DatabaseError } from '../errors/database-error.js'
import type { OperationAbortedError } from '../errors/operational-error.js'
import { CommitUnknownError } from '../errors/transaction-error.js'
import type { Deadline } from '../foundation/deadline.js'
import { Deferred } from '../foundation/deferred.js'
import type { StatementGroup } from '../postgres/statement-group.js'
import type { StatementResult } from '../postgres/statement-result.js'
import { statement, type Statement } from '../postgres/statement.js'
import { aloneFailed } from './alone-failed.js'
import type { Borrower, ConnectionSupply } from './connection-supply.js'
import { LeaseRequest, type LeaseRequester } from './lease-request.js'
import { Patience, ROLLBACK_MILLIS } from './patience.js'
import { needsTransaction } from './propagation-errors.js'
import type { SessionConversation } from './session-conversation.js'
import { notRun, rolledBack } from './session-errors.js'
import type { SessionPlan } from './session-plan.js'
import { SessionStanding } from './session-standing.js'
import { SESSION_VERDICTS, type SessionOperation } from './session-state.js'
import { statementRefusal } from './statement-refusal.js'
import { stopFlight } from './stop-flight.js'
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
export class AutocommitConversation extends SessionStanding implements SessionConversation, LeaseRequester {
  readonly #supply: ConnectionSupply
  readonly #waiter: LeaseRequest
  readonly #deadline: Deadline
  readonly #patience: Patience
  #plan: SessionPlan
  readonly #waiting: WaitingStatement[] = []
  #running: WaitingStatement | undefined
  #lease: Lease | undefined
  #statements = 0
  /** The cancelling of what ran. Before it has ended, nothing may be sent and the connection not be lent. */
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

  /** The statement on its way to the server or back, if any. */
  get flight(): object | undefined {
    return this.#running
  }

  /** Resolves when that has been answered. */
  async quiet(): Promise<void> {
    if (this.#running === undefined) return
    this.#whenAnswered = new Deferred()
    await this.#whenAnswered.promise
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
    if (this.verdict('rollback') !== 'nothing') await this.#stop()
  }

  async close(end: TransactionEnd): Promise<number> {
    if (this.verdict('close') === 'nothing') return 0
    this.isClosing = true
    this.end ??= end
    if (this.ending !== undefined) await this.endUnderWay
    else await this.endBy('rolling back', () => this.#stop())
    this.phase = 'closed'
    return 0
  }

  async abort(reason: OperationAbortedError, end: TransactionEnd): Promise<void> {
    this.abortedFor = reason
    this.#refuse(reason)
    if (this.#running !== undefined && this.#lease !== undefined) {
      this.#stopping = stopFlight(this, this.#lease, reason)
    }
    await this.close(end)
    await this.#stopping
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

  async #stop(): Promise<void> {
    if (this.#waiting.length > 0) this.#refuse(notRun())
    await this.#idle()
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
      if (!settled.isStale || this.abortedFor !== undefined || this.ending === 'rolling back') {
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
    this.#tell(ran, group, index)
    if (group.isLost) this.#leave(lease, group.error)
    else if (group.status === 'I') this.#next(lease)
    else void this.#undo(lease)
  }

  #tell(
    { statement: { text }, resolve, reject }: WaitingStatement,
    group: StatementGroup,
    index: number,
  ): void {
    const outcome = group.outcomes[index]
    try {
      if (group.error !== undefined || outcome === undefined) {
        const failure = aloneFailed(group, text)
        throw CommitUnknownError.is(failure) ? failure : (this.abortedFor ?? failure)
      }
      if (index > 0 && !isCommitted(group)) throw rolledBack(undefined)
      if ('command' in outcome) resolve(outcome)
      else reject(outcome)
    } catch (error) {
      reject(error as DatabaseError)
    }
  }

  /** A statement failed between its BEGIN and its COMMIT. */
  async #undo(lease: Lease): Promise<void> {
    // A cancel that is still on its way would hit ROLLBACK (E8l, I-ABORT).
    if ((await this.#stopping) === 'destroyed') {
      this.#leave(lease)
      return
    }
    this.#patience.send(lease, [ROLLBACK], ROLLBACK_MILLIS, ({ error }) => {
      if (error === undefined) this.#next(lease)
      else this.#leave(lease, error)
    })
  }

  /** Ends the loan; who still waits gets another one. */
  #leave(lease: Lease, destroyFor?: DatabaseError): void {
    this.#lease = undefined
    this.phase = 'idle'
    if (destroyFor !== undefined) lease.destroy(destroyFor)
    else if (this.#stopping === undefined) lease.release()
    else void this.#stopping.then(() => lease.release())
    if (this.#waiting.length > 0) this.#acquire()
    else this.#noteQuiet()
  }

  #noteQuiet(): void {
    this.#whenQuiet?.resolve(undefined)
    this.#whenQuiet = undefined
  }
}

/** By the answer to COMMIT, which is ROLLBACK for a transaction that had failed (F2, I-ACK). */
function isCommitted({ outcomes }: StatementGroup): boolean {
  const last = outcomes.at(-1)
  return last !== undefined && 'command' in last && last.command === 'COMMIT'
}
