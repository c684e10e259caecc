import type { ResolvedPoolOptions } from '../config/pool-options.js'
import type { DatabaseError } from '../errors/database-error.js'
import { Deadline, type DeadlineEnd } from '../foundation/deadline.js'
import { Deferred } from '../foundation/deferred.js'
import type { Connection } from '../postgres/connection.js'
import { ConnectionSource, type ConnectionSourceOptions } from '../postgres/connection-source.js'
import { Lease, type LeaseObserver, type Lender } from './lease.js'
import { Freshness } from './freshness.js'
import {
  acquireAborted,
  closedUnderHolder,
  notIdle,
  poolClosed,
  poolExhausted,
  poolTimeout,
  isWorthRetrying,
} from './pool-errors.js'
import type { PoolStats } from './pool-stats.js'
import { ReconnectPace } from './reconnect-pace.js'
import type { Waiter } from './waiter.js'

/** Told about the life of connections. */
export interface ConnectionPoolListener {
  onOpened(connection: Connection): void
  onIdleLost(error: DatabaseError): void
}

/** What the server has, at the least, to close the sockets after Terminate, in milliseconds. */
const GOODBYE_MILLIS = 100

/**
 * Who gets a connection, and when: a line in front of pg-pool, first come, first served, bounded, abortable,
 * with a deadline, and emptied when the pool closes. pg-pool's own line can do none of that (E4), so it is only
 * asked when it can answer at once.
 *
 * @internal
 */
export class ConnectionPool implements Lender {
  /** Set while somebody listens for statements. */
  observer: LeaseObserver | undefined

  readonly #options: ResolvedPoolOptions
  readonly #source: ConnectionSource
  readonly #waiters = new Set<Waiter>()
  readonly #lent = new Set<Connection>()
  readonly #counts = { opened: 0, acquired: 0, released: 0, destroyed: 0, timeouts: 0, refused: 0 }
  /** Loans of idle connections that pg-pool makes within this tick. */
  #claiming = 0
  /** Connections that are being opened. They go to whoever is first in line then. */
  #opening = 0
  readonly #pace = new ReconnectPace(() => {
    this.#pump()
  })
  readonly #freshness: Freshness
  #closing: Promise<void> | undefined
  #allReturned: Deferred<undefined> | undefined

  constructor(
    options: ResolvedPoolOptions,
    source: Omit<ConnectionSourceOptions, 'maxConnections'>,
    listener: ConnectionPoolListener,
  ) {
    this.#options = options
    this.#freshness = new Freshness(options.recycleMillis)
    this.#source = new ConnectionSource(
      { ...source, maxConnections: this.#max },
      {
        onOpened: (connection) => {
          this.#counts.opened++
          this.#pace.succeeded()
          this.#freshness.onOpened(connection)
          listener.onOpened(connection)
        },
        onIdleLost: (error) => {
          listener.onIdleLost(error)
          this.#freshness.onLost(error)
          this.#pump()
        },
      },
    )
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
    // An idle connection arrives within this tick: a timer would only cost.
    if (!this.#canServeAtOnce || signal !== undefined) this.#watch(waiter, signal)
    this.#waiters.add(waiter)
    this.#pump()
  }

  /** Takes a waiter out of the line; it is told nothing. Without effect when it has been served. */
  withdraw(waiter: Waiter): void {
    if (this.#waiters.has(waiter)) this.#leaveLine(waiter)
  }

  get prePing(): boolean {
    return this.#options.prePing
  }

  /** The figures now. */
  stats(): PoolStats {
    return Object.freeze({
      size: this.#options.size,
      max: this.#max,
      inUse: this.#lent.size,
      idle: this.#idle,
      pending: this.#pending,
      waiting: this.#waiting,
      ...this.#counts,
    })
  }

  takeBack(connection: Connection, destroyFor: DatabaseError | undefined): void {
    // Closing may have taken it already.
    if (!this.#lent.delete(connection)) return
    this.#counts.released++
    if (connection.lostTo !== undefined) this.#freshness.onLost(connection.lostTo)
    if (destroyFor !== undefined || !connection.isClean) {
      this.#counts.destroyed++
      this.#source.discard(connection, destroyFor ?? connection.lostTo ?? notIdle(connection.status))
    } else if (this.#freshness.isStale(connection) || this.#isSurplus) {
      this.#source.retire(connection)
    } else if (this.#waiters.size > this.#claiming) {
      // Straight to the next in line; to pg-pool it has never been back.
      this.#lend(connection)
      return
    } else {
      this.#source.give(connection)
    }
    if (this.#lent.size === 0) this.#allReturned?.resolve(undefined)
    this.#pump()
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
    this.#pace.stop()
    for (const waiter of this.#waiters) this.#leaveLine(waiter).onError(poolClosed())
    if (this.#lent.size > 0) {
      this.#allReturned = new Deferred()
      const outOfTime = closedUnderHolder(graceMillis)
      await deadline
        .race(this.#allReturned.promise, () => outOfTime)
        .catch(() => {
          for (const connection of [...this.#lent]) this.takeBack(connection, outOfTime)
        })
    }
    this.#claiming = 0 // pg-pool forgets the loans that it was about to make.
    await this.#source.end(Deadline.after(Math.max(GOODBYE_MILLIS, deadline.remainingMillis)))
  }

  get #max(): number {
    return this.#options.size + this.#options.maxOverflow
  }

  /** Idle connections that are not promised to anybody: pg-pool itself hands them out a tick later. */
  get #idle(): number {
    return Math.max(0, this.#source.total - this.#lent.size - this.#pending)
  }

  get #canServeAtOnce(): boolean {
    return this.#waiters.size <= this.#claiming && this.#idle > 0
  }

  get #waiting(): number {
    return Math.max(0, this.#waiters.size - this.#pending)
  }

  #refusal(signal: AbortSignal | undefined): DatabaseError | undefined {
    if (this.#closing !== undefined) return poolClosed()
    if (signal?.aborted === true) return acquireAborted(signal)
    const hasRoom = this.#lent.size + this.#waiters.size < this.#max
    if (hasRoom || this.#waiting < this.#options.maxWaiters) return undefined
    this.#counts.refused++
    return poolExhausted(this.#options.maxWaiters, this.stats())
  }

  /** More are open than `size` keeps, and nobody is in line for this one. */
  get #isSurplus(): boolean {
    return this.#source.total > this.#options.size && this.#waiters.size <= this.#claiming
  }

  /** Asks for connections while someone is in line and there is room (I-PULSE). */
  #pump(): void {
    while (this.#waiters.size > this.#claiming && this.#idle > 0) {
      this.#claiming++
      this.#take(() => this.#claiming--)
    }
    while (this.#waiters.size > this.#pending && this.#hasRoom && this.#pace.mayOpen(this.#opening)) {
      this.#opening++
      this.#take(() => this.#opening--)
    }
  }

  #take(onDone: () => void): void {
    this.#source.take((error, connection) => {
      onDone()
      if (connection === undefined) this.#onOpenFailed(error ?? poolClosed())
      else this.#onTaken(connection)
      this.#pump()
    })
  }

  get #pending(): number {
    return this.#claiming + this.#opening
  }

  get #hasRoom(): boolean {
    return this.#lent.size + this.#pending < this.#max
  }

  #onTaken(connection: Connection): void {
    if (connection.lostTo !== undefined) this.#source.discard(connection, connection.lostTo)
    else if (this.#freshness.isStale(connection)) this.#source.retire(connection)
    else {
      this.#lend(connection)
      return
    }
    // Whom it was meant for now waits for another one to be opened.
    for (const waiter of this.#waiters) if (waiter.stopWatching === undefined) this.#watch(waiter, undefined)
  }

  /** Whoever waits goes on waiting, until its own deadline, for the server may come back; unless waiting can't help. */
  #onOpenFailed(error: DatabaseError): void {
    const [first] = this.#waiters
    if (this.#closing !== undefined || first === undefined) return
    if (isWorthRetrying(error)) this.#pace.failed(error)
    else this.#leaveLine(first).onError(error)
  }

  #lend(connection: Connection): void {
    const [first] = this.#waiters
    if (first === undefined) {
      // It was opened for somebody who has given up meanwhile.
      if (this.#isSurplus) this.#source.retire(connection)
      else this.#source.give(connection)
      return
    }
    connection.useCount++
    this.#lent.add(connection)
    this.#counts.acquired++
    this.#leaveLine(first).onLease(new Lease(connection, this, first.sessionId))
  }

  #leaveLine(waiter: Waiter): Waiter {
    this.#waiters.delete(waiter)
    waiter.stopWatching?.()
    waiter.stopWatching = undefined // The same waiter may come again, for its session's next transaction.
    return waiter
  }

  #watch(waiter: Waiter, signal: AbortSignal | undefined): void {
    const { acquireTimeoutMillis } = this.#options
    const onEnd = (end: DeadlineEnd): void => {
      this.#leaveLine(waiter)
      if (end === 'expired') this.#counts.timeouts++
      waiter.onError(
        end === 'aborted' && signal !== undefined
          ? acquireAborted(signal)
          : poolTimeout(acquireTimeoutMillis, this.stats(), this.#pace.trouble),
      )
    }
    waiter.stopWatching = Deadline.after(acquireTimeoutMillis, signal).watch(onEnd)
  }
}
