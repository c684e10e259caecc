import type { DatabaseError } from '../errors/database-error.js'
import type { OperationAbortedError } from '../errors/operational-error.js'
import type { Lease } from '../engine/lease.js'
import type { AnswerWatch } from '../engine/answer-watch.js'
import { Deferred } from '../foundation/deferred.js'
import type { StatementGroup } from '../postgres/statement-group.js'
import type { StatementResult } from '../postgres/statement-result.js'
import { statement, type Statement } from '../postgres/statement.js'
import { notRunBehind } from './not-run-behind.js'
import { Patience } from './patience.js'
import { stopFlight, type Flyer, type StopManner } from './stop-flight.js'
import type { TransactionPlan } from './transaction-plan.js'

const ROLLBACK = statement('rollback', [])

interface WaitingStatement {
  readonly statement: Statement
  readonly resolve: (result: StatementResult) => void
  readonly reject: (error: DatabaseError) => void
}

/** Who owns the line: told what became of each group before its callers are. */
export interface LineOwner {
  /**
   * All of a group completed, or its first failure ended it. Returns what to tell the caller of the failed statement.
   *
   * @param asked - How many of its statements, at its end, were the owner's own questions.
   */
  onAnswered(group: StatementGroup, asked: number): DatabaseError | undefined
  /** Whether the first group may leave once more, when nothing of it was kept. */
  mayResend(): boolean
  /** What leaves behind these statements, in their group; its answers are for the owner. */
  questions(statements: readonly Statement[]): readonly Statement[]
  /** The connection was lost. Returns what to tell the callers, or that the statements may leave on another one. */
  onLost(group: StatementGroup): DatabaseError | 'resend'
  /** The connection was given up, if it still was there, when what was in flight had to be stopped. */
  onDestroyed(reason: DatabaseError): void
}

/**
 * The statements of one session, in the order in which they were started. Those that are in line when the
 * connection is free leave together, as one group, and are answered in order (R2).
 *
 * @internal
 */
export class StatementLine implements Flyer {
  readonly #owner: LineOwner
  #waiting: WaitingStatement[] = []
  #flight: readonly WaitingStatement[] | undefined
  #lease: Lease | undefined
  /** What leaves in front of the first group. */
  #prefix: readonly Statement[] = NONE
  readonly #patience: Patience
  #plan: TransactionPlan | undefined
  /** Nothing of the transaction has been answered, or sent again, on this lease. */
  #isFirst = false
  #isFlushScheduled = false
  #whenQuiet: Deferred<undefined> | undefined
  #whenAnswered: Deferred<undefined> | undefined
  /** While a cancel is on its way nothing leaves, for it would hit that, or the next borrower's statement (E8l). */
  #isStopping = false

  constructor(owner: LineOwner, watch: AnswerWatch) {
    this.#owner = owner
    this.#patience = new Patience(watch)
  }

  /** Nothing waits, nothing is in flight, and no cancel is on its way. */
  get isQuiet(): boolean {
    return this.#flight === undefined && this.#waiting.length === 0 && !this.#isStopping
  }

  /** The statements on their way to the server or back, if any. */
  get flight(): object | undefined {
    return this.#flight === ALONE ? undefined : this.#flight
  }

  /** Puts a statement at the end. */
  add(statement: Statement): Promise<StatementResult> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ statement, resolve, reject })
      this.#scheduleFlush()
    })
  }

  /** Puts a statement at the end that leaves only together with the next one. Its failure is the next one's. */
  hold(statement: Statement): void {
    this.#waiting.push({ statement, resolve: ignore, reject: ignore })
  }

  /** Takes a held statement out again, if nothing has followed it. */
  takeOutHeld(text: string): boolean {
    if (this.#waiting.at(-1)?.statement.text !== text) return false
    this.#waiting.pop()
    this.#noteQuiet()
    return true
  }

  /** A cancel of what is or was in flight is on its way. */
  get isStopping(): boolean {
    return this.#isStopping
  }

  /** Takes a statement out that has not left. */
  takeOut(statement: Statement, reason: DatabaseError): boolean {
    const index = this.#waiting.findIndex((waiting) => waiting.statement === statement)
    for (const taken of index === -1 ? [] : this.#waiting.splice(index, 1)) taken.reject(reason)
    this.#noteQuiet()
    return index !== -1
  }

  /** Whether a statement is on its way to the server or back. */
  hasInFlight(statement: Statement): boolean {
    return this.#flight?.some((waiting) => waiting.statement === statement) === true
  }

  /** Cancels what is in flight; without effect if that is nothing, or is being cancelled already. */
  async stop(reason: OperationAbortedError, manner: StopManner): Promise<void> {
    if (this.#lease === undefined || this.flight === undefined || this.#isStopping) return
    this.#isStopping = true
    if ((await stopFlight(this, this.#lease, reason, manner)) === 'destroyed') this.#owner.onDestroyed(reason)
    this.#isStopping = false
    this.#flush()
    this.#noteQuiet()
  }

  /** Resolves when what is in flight has been answered. Precondition: something is. */
  answered(): Promise<unknown> {
    this.#whenAnswered ??= new Deferred()
    return this.#whenAnswered.promise
  }

  /** Opens the way: what waits leaves now, behind what the plan begins with. */
  attach(lease: Lease, plan: TransactionPlan, remainingMillis: number): void {
    this.#lease = lease
    this.#prefix = plan.begin(remainingMillis)
    this.#isFirst = true
    this.#plan = plan
    this.#flush()
  }

  /** Closes the way. What waits stays in line. */
  detach(): void {
    this.#lease = undefined
    this.#patience.forget()
  }

  /**
   * Empties the line; what is in flight is not touched.
   *
   * @param why - Called if anybody is to be told.
   */
  refuse(why: () => DatabaseError): void {
    if (this.#waiting.length > 0) {
      const error = why()
      for (const waiting of this.#takeAll()) waiting.reject(error)
    }
    this.#noteQuiet()
  }

  /**
   * Sends statements that stand outside the line: the end of the transaction, or a return to a savepoint. What is in
   * line waits for the answer. Precondition: nothing in flight, and the way is open.
   *
   * @param limitMillis - Longest wait for the answer, after which the connection is given up; 0 is no limit.
   * @param apply - Called with the answer before anything else leaves.
   */
  sendAlone(
    statements: readonly Statement[],
    limitMillis: number,
    apply?: (group: StatementGroup) => void,
  ): Promise<StatementGroup> {
    this.#flight = ALONE
    return new Promise((resolve) => {
      if (this.#lease === undefined) return
      this.#patience.send(this.#lease, statements, limitMillis, (group) => {
        this.#flight = undefined
        apply?.(group)
        resolve(group)
        this.#flush()
        this.#noteQuiet()
      })
    })
  }

  /** Resolves when nothing waits, nothing is in flight, and no cancel is on its way. */
  async quiet(): Promise<void> {
    if (this.isQuiet) return
    this.#whenQuiet ??= new Deferred()
    this.#scheduleFlush()
    await this.#whenQuiet.promise
  }

  /** At the end of this tick, so that statements started together leave together. */
  #scheduleFlush(): void {
    if (this.#isFlushScheduled || this.#flight !== undefined || this.#lease === undefined) return
    this.#isFlushScheduled = true
    queueMicrotask(() => {
      this.#isFlushScheduled = false
      this.#flush()
    })
  }

  #flush(): void {
    const plan = this.#plan
    if (this.#lease === undefined || plan === undefined) return
    if (this.#flight !== undefined || this.#waiting.length === 0 || this.#isStopping) return
    this.#flight = this.#takeAll()
    const statements = this.#flight.map((waiting) => waiting.statement)
    const questions = this.#owner.questions(statements)
    const isBare = this.#prefix.length === 0 && questions.length === 0
    const group = isBare ? statements : [...this.#prefix, ...statements, ...questions]
    const limitMillis = this.#patience.limitFor(statements, plan.statementTimeoutMillis)
    const settle = (settled: StatementGroup): void => {
      this.#settle(settled, questions.length)
    }
    this.#patience.send(this.#lease, group, limitMillis, settle, plan.scope)
  }

  #settle(group: StatementGroup, asked: number): void {
    const flight = this.#flight ?? []
    this.#flight = undefined
    if (group.isLost) this.#onLost(group, flight)
    else if (this.#isFirst && group.isStale && this.#owner.mayResend()) this.#resend(group, flight)
    else this.#onAnswered(group, flight, asked)
    this.#whenAnswered?.resolve(undefined)
    this.#whenAnswered = undefined
    this.#flush()
    this.#noteQuiet()
  }

  /** What the server had prepared is gone: begins anew, in the same round trip, and prepares it again (I-PREP). */
  #resend(group: StatementGroup, flight: readonly WaitingStatement[]): void {
    this.#isFirst = false
    if (group.status !== 'I') this.#prefix = [ROLLBACK, ...this.#prefix]
    this.#waiting = [...flight, ...this.#waiting]
  }

  #onAnswered(group: StatementGroup, flight: readonly WaitingStatement[], asked: number): void {
    const { outcomes } = group
    const from = this.#prefix.length
    const completed = Math.max(0, Math.min(outcomes.length - from, flight.length))
    this.#prefix = NONE
    this.#isFirst = false
    const error = this.#owner.onAnswered(group, asked)
    for (let index = 0; index < completed; index++) {
      const outcome = outcomes[from + index] as StatementResult | DatabaseError
      if ('command' in outcome) flight[index]?.resolve(outcome)
      else flight[index]?.reject(outcome)
    }
    if (error === undefined) return
    // Of those that did not complete the first one failed; the others never ran, and those in line never will (R3).
    const [failed, ...skipped] = flight.slice(completed)
    failed?.reject(error)
    const { text = '' } = failed?.statement ?? {}
    const position = completed + 1
    for (const each of [...skipped, ...this.#takeAll()])
      each.reject(notRunBehind({ text, position, sent: flight.length, error }))
  }

  #onLost(group: StatementGroup, flight: readonly WaitingStatement[]): void {
    const verdict = this.#owner.onLost(group)
    if (verdict === 'resend') this.#waiting = [...flight, ...this.#waiting]
    else for (const lost of flight) lost.reject(verdict)
  }

  #noteQuiet(): void {
    if (this.#whenQuiet === undefined || !this.isQuiet) return
    this.#whenQuiet.resolve(undefined)
    this.#whenQuiet = undefined
  }

  #takeAll(): WaitingStatement[] {
    const waiting = this.#waiting
    this.#waiting = []
    return waiting
  }
}

const NONE: readonly Statement[] = Object.freeze([])

/** In flight is what stands outside the line. */
const ALONE: readonly WaitingStatement[] = Object.freeze([])

function ignore(): void {
  // A held statement has no caller of its own.
}
