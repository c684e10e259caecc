import type { ResolvedPoolOptions } from '../config/pool-options.js'
import type { DatabaseError } from '../errors/database-error.js'
import type { PoolFigures } from '../errors/operational-error.js'
import { CallSite, isDevelopment } from '../foundation/call-site.js'
import { Deadline } from '../foundation/deadline.js'
import { Deferred } from '../foundation/deferred.js'
import type { Connection } from '../postgres/connection.js'
import type { ConnectionSourceOptions } from '../postgres/connection-source.js'
import { ConnectionStock, type StockOwner } from './connection-stock.js'
import { DeadlockWatch, type DeadlockWatchOwner } from './deadlock-watch.js'
import type { LeaseObserver } from './lease.js'
import { LoanBook, type Loan, type LoanBookOwner } from './loan-book.js'
import {
  acquireAborted,
  closedUnderHolder,
  forgotten,
  notIdle,
  poolClosed,
  poolDeadlock,
  poolExhausted,
  poolTimeout,
} from './pool-errors.js'
import type { PoolListener } from './pool-listener.js'
import { PoolMeters } from './pool-meters.js'
import type { PoolStats } from './pool-stats.js'
import type { Waiter } from './waiter.js'
import { WaitingLine } from './waiting-line.js'

/** What the server has, at the least, to close the sockets after Terminate, in milliseconds. */
const GOODBYE_MILLIS = 100

/**
 * Who gets a connection, and when: first come, first served, bounded, abortable, with a deadline, and emptied when
 * the pool closes. pg-pool's own line can do none of that (E4), so pg-pool is only asked when it can answer at once.
 *
 * @internal
 */
export class ConnectionPool implements LoanBookOwner, StockOwner, DeadlockWatchOwner {
  /** The session in the caller's async context, where there are such. */
  sessionInScope: (() => string | undefined) | undefined

  readonly #options: ResolvedPoolOptions
  readonly listener: PoolListener
  readonly #line = new WaitingLine()
  readonly #loans: LoanBook
  readonly #stock: ConnectionStock
  readonly #meters = new PoolMeters()
  readonly #deadlocks: DeadlockWatch
  /** Writing down who asks costs microseconds, so it is done only where it will be wanted. */
  readonly #keepsCallers: boolean
  #closing: Promise<void> | undefined
  #allReturned: Deferred<undefined> | undefined

  constructor(
    options: ResolvedPoolOptions,
    source: Omit<ConnectionSourceOptions, 'maxConnections' | 'lifo'>,
    listener: PoolListener,
  ) {
    this.#options = options
    this.listener = listener
    this.#keepsCallers = isDevelopment || options.leakDetectionMillis > 0
    this.#loans = new LoanBook(this, options.leakDetectionMillis)
    this.#stock = new ConnectionStock(options, source, this)
    this.#deadlocks = new DeadlockWatch(this.#line, this.#loans, this)
  }

  /**
   * Puts a waiter in line. It gets an idle connection, or a new one while there is room, or the next that comes back.
   *
   * It is told {@link PoolTimeoutError} after `acquireTimeoutMillis`, which covers opening a connection too;
   * {@link PoolExhaustedError} if `maxWaiters` are in line already; {@link PoolClosedError} if the pool is closed or
   * closes meanwhile; {@link ConnectionFailedError} if a connection was needed and could not be opened;
   * {@link OperationAbortedError} if the signal is aborted first.
   *
   * @param waiter - Whom to tell.
   * @param signal - Gives up the place in the line.
   */
  enqueue(waiter: Waiter, signal?: AbortSignal): void {
    const refusal = this.#refusal(signal)
    if (refusal !== undefined) {
      queueMicrotask(() => {
        waiter.onError(refusal)
      })
      return
    }
    if (this.#keepsCallers) waiter.caller = new CallSite()
    const isServedAtOnce = this.#line.length <= this.#stock.claiming && this.#stock.idle > 0
    this.#line.join(waiter)
    // An idle connection arrives within this tick: a timer would only cost.
    if (!isServedAtOnce || signal !== undefined) this.#watch(waiter, signal)
    if (!isServedAtOnce) this.#deadlocks.onWaiting(waiter)
    this.onRoom()
  }

  /** Takes a waiter out of the line; it is told nothing. Without effect when it has been served. */
  withdraw(waiter: Waiter): void {
    if (this.#line.has(waiter)) this.#line.leave(waiter)
  }

  get observer(): LeaseObserver | undefined {
    return this.listener.observer
  }

  get isFull(): boolean {
    return this.#loans.size === this.#max
  }

  get hasRoom(): boolean {
    return this.#loans.size + this.#stock.pending < this.#max
  }

  get prePing(): boolean {
    return this.#options.prePing
  }

  get lentCount(): number {
    return this.#loans.size
  }

  get needsProof(): boolean {
    return this.#line.first?.needsProof === true
  }

  /** The figures now. */
  stats(): PoolStats {
    return Object.freeze({
      size: this.#options.size,
      ...this.#figures,
      ...this.#meters.counts,
      ...this.#meters.times(performance.now()),
    })
  }

  get #figures(): PoolFigures {
    return {
      max: this.#max,
      inUse: this.#loans.size,
      idle: this.#stock.idle,
      pending: this.#stock.pending,
      waiting: this.#waiting,
    }
  }

  takeBack(connection: Connection, destroyFor: DatabaseError | undefined): void {
    const loan = this.#loans.end(connection)
    // Closing may have taken it already.
    if (loan === undefined) return
    const reason = destroyFor ?? (connection.isClean ? undefined : whyNotClean(connection))
    this.#noteReturn(loan, reason)
    if (reason !== undefined) this.#stock.discard(connection, reason)
    else if (connection.leftState !== 'none' || this.#options.verifyReset)
      this.#stock.cleanUp(connection, this.#isSurplus)
    else if (this.#line.length > this.#stock.claiming && !this.#stock.isStale(connection)) {
      // Straight to the next in line; to pg-pool it has never been back.
      this.onFit(connection)
      return
    } else this.#stock.keep(connection, this.#isSurplus)
    if (this.#loans.size === 0) this.#allReturned?.resolve(undefined)
    this.onRoom()
  }

  /** Gives a connection to whoever is first in line. */
  onFit(connection: Connection): void {
    const { first } = this.#line
    if (first === undefined) {
      // It was opened for somebody who has given up meanwhile.
      this.#stock.keep(connection, this.#isSurplus)
      return
    }
    const now = performance.now()
    const since = first.waitingSince ?? 0
    const waitedMillis = since === 0 ? 0 : now - since
    connection.useCount++
    this.#meters.counts.acquired++
    this.#meters.wait.record(waitedMillis, now)
    const { lease, loan } = this.#loans.begin(connection, this.#line.leave(first), now)
    this.listener.onLent(loan, waitedMillis)
    first.onLease(lease)
  }

  onUnfit(): void {
    for (const waiter of this.#line) this.#watch(waiter, undefined)
  }

  /** Asks for connections while someone is in line and there is room (I-PULSE). */
  onRoom(): void {
    while (this.#line.length > this.#stock.claiming && this.#stock.idle > 0) this.#stock.claim()
    while (this.#line.length > this.#stock.pending && this.#stock.mayOpen) this.#stock.open()
  }

  onHopeless(error: DatabaseError): void {
    const { first } = this.#line
    if (first !== undefined) this.#line.leave(first).onError(error)
  }

  onOpened(connection: Connection, durationMillis: number): void {
    this.#meters.counts.opened++
    this.#meters.create.record(durationMillis, performance.now())
    this.listener.onOpened(connection, durationMillis)
  }

  onDeadlock(waiter: Waiter): void {
    this.#meters.counts.deadlocks++
    this.#line.leave(waiter).onError(poolDeadlock(this.#figures, this.#loans.holders(performance.now())))
  }

  onOverdue(loan: Loan): void {
    this.listener.onOverdue(loan)
  }

  onForgotten(loan: Loan): void {
    this.#meters.counts.leaked++
    this.listener.onForgotten(loan)
    this.takeBack(loan.connection, forgotten())
  }

  /**
   * Refuses new callers and those in line at once, waits for the lent connections, then destroys what is left.
   *
   * @param graceMillis - How long holders may go on, in milliseconds.
   * @returns The same promise for every call; it does not reject.
   */
  close(graceMillis: number): Promise<void> {
    this.#closing ??= this.#close(graceMillis)
    return this.#closing
  }

  async #close(graceMillis: number): Promise<void> {
    const deadline = Deadline.after(graceMillis)
    this.#stock.close()
    for (const waiter of this.#line) this.#line.leave(waiter).onError(poolClosed())
    if (this.#loans.size > 0) {
      this.#allReturned = new Deferred()
      const outOfTime = closedUnderHolder(graceMillis)
      await deadline
        .race(this.#allReturned.promise, () => outOfTime)
        .catch(() => {
          for (const { connection } of [...this.#loans]) this.takeBack(connection, outOfTime)
        })
    }
    await this.#stock.end(Deadline.after(Math.max(GOODBYE_MILLIS, deadline.remainingMillis)))
  }

  get #max(): number {
    return this.#options.size + this.#options.maxOverflow
  }

  get #waiting(): number {
    return Math.max(0, this.#line.length - this.#stock.pending)
  }

  /** More are open than `size` keeps, and nobody is in line for this one. */
  get #isSurplus(): boolean {
    return this.#stock.total > this.#options.size && this.#line.length <= this.#stock.claiming
  }

  #refusal(signal: AbortSignal | undefined): DatabaseError | undefined {
    if (this.#closing !== undefined) return poolClosed()
    if (signal?.aborted === true) return acquireAborted(signal)
    const { maxWaiters } = this.#options
    const hasRoom = this.#loans.size + this.#line.length < this.#max
    if (hasRoom || this.#waiting < maxWaiters) return undefined
    this.#meters.counts.refused++
    return poolExhausted(maxWaiters, this.#figures)
  }

  #watch(waiter: Waiter, signal: AbortSignal | undefined): void {
    const { acquireTimeoutMillis } = this.#options
    this.#line.watch(waiter, Deadline.after(acquireTimeoutMillis, signal), (end) => {
      if (end === 'aborted' && signal !== undefined) {
        waiter.onError(acquireAborted(signal))
        return
      }
      this.#meters.counts.timeouts++
      const holders = this.#loans.holders(performance.now())
      waiter.onError(poolTimeout(acquireTimeoutMillis, this.#figures, holders, this.#stock.trouble))
    })
  }

  #noteReturn(loan: Loan, destroyedFor: DatabaseError | undefined): void {
    const now = performance.now()
    loan.connection.idleSince = now
    this.#meters.counts.released++
    if (destroyedFor !== undefined) this.#meters.counts.destroyed++
    this.#meters.use.record(now - loan.since, now)
    this.listener.onReturned(loan, now - loan.since, destroyedFor)
  }
}

function whyNotClean(connection: Connection): DatabaseError {
  return connection.lostTo ?? notIdle(connection.status)
}
