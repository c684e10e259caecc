import type { ResolvedPoolOptions } from '../config/pool-options.js'
import type { DatabaseError } from '../errors/database-error.js'
import type { Deadline } from '../foundation/deadline.js'
import type { Connection } from '../postgres/connection.js'
import { ConnectionSource, type ConnectionSourceOptions } from '../postgres/connection-source.js'
import { findLeftState } from './find-left-state.js'
import { Freshness } from './freshness.js'
import { isWorthRetrying, poolClosed } from './pool-errors.js'
import type { PoolListener } from './pool-listener.js'
import { proveAlive } from './prove-alive.js'
import { resetConnection } from './reset-connection.js'
import { ReconnectPace } from './reconnect-pace.js'

/** How long a server may take to answer a question that costs it nothing, in milliseconds. */
const PROOF_MILLIS = 500

/** Who takes connections out of the stock. */
export interface StockOwner {
  /** Connections that are lent now. */
  readonly lentCount: number
  /** Whoever gets the next one wants it tested if it lay idle for long. */
  readonly needsProof: boolean
  readonly listener: Pick<PoolListener, 'onIdleLost' | 'onLeftBehind'>
  onOpened(connection: Connection, durationMillis: number): void
  /** A connection that may be lent. */
  onFit(connection: Connection): void
  /** What was taken was not fit to be lent; somebody may wait for another one. */
  onUnfit(): void
  /** No connection could be opened, and trying again would not help. */
  onHopeless(error: DatabaseError): void
  /** There may be something to take again. */
  onRoom(): void
}

/**
 * The connections that are not lent: idle, being opened, being tested. Only fit ones come out: alive as far as anybody
 * knows, not too old, and opened no faster than a struggling server bears.
 *
 * @internal
 */
export class ConnectionStock {
  readonly #options: ResolvedPoolOptions
  readonly #owner: StockOwner
  readonly #source: ConnectionSource
  readonly #freshness: Freshness
  readonly #pace: ReconnectPace
  readonly #proofMillis: number
  /** Idle connections that pg-pool hands out within this tick. */
  #claiming = 0
  #opening = 0
  #proving = 0
  #isClosed = false

  constructor(
    options: ResolvedPoolOptions,
    source: Omit<ConnectionSourceOptions, 'maxConnections' | 'lifo'>,
    owner: StockOwner,
  ) {
    this.#options = options
    this.#owner = owner
    this.#freshness = new Freshness(options.recycleMillis)
    // A busy pooler answers when it has a server connection to spare: that it takes long does not mean that it is dead.
    this.#proofMillis = source.isPooled ? options.acquireTimeoutMillis : PROOF_MILLIS
    this.#pace = new ReconnectPace(() => {
      owner.onRoom()
    })
    this.#source = new ConnectionSource(
      { ...source, maxConnections: options.size + options.maxOverflow, lifo: options.lifo },
      {
        onOpened: (connection) => {
          this.#pace.succeeded()
          this.#freshness.onOpened(connection)
          if (options.verifyReset) connection.journal = []
        },
        onIdleLost: (error) => {
          this.#onLost(error)
          owner.onRoom()
        },
      },
    )
  }

  /** Open or being opened, lent ones included. */
  get total(): number {
    return this.#source.total
  }

  /** Idle, and not promised to anybody: pg-pool itself hands them out a tick later. */
  get idle(): number {
    return Math.max(0, this.#source.total - this.#owner.lentCount - this.pending)
  }

  /** Idle ones on their way to whoever is first in line. */
  get claiming(): number {
    return this.#claiming
  }

  /** On their way to whoever is first in line, those that are being opened or tested included. */
  get pending(): number {
    return this.#claiming + this.#opening + this.#proving
  }

  /** Another connection may be opened now. */
  get mayOpen(): boolean {
    const isRoom = this.#owner.lentCount + this.pending < this.#options.size + this.#options.maxOverflow
    return isRoom && this.#pace.mayOpen
  }

  /** Why the server can't be reached, while it can't. */
  get trouble(): DatabaseError | undefined {
    return this.#pace.trouble
  }

  /** Takes an idle connection. Precondition: `idle` is not 0. */
  claim(): void {
    this.#claiming++
    this.#take(() => {
      this.#claiming = Math.max(0, this.#claiming - 1)
    })
  }

  /** Opens a connection. Precondition: `mayOpen`. */
  open(): void {
    const startedAt = performance.now()
    this.#opening++
    const ended = this.#pace.began()
    this.#take((connection) => {
      ended()
      this.#opening--
      if (connection !== undefined) this.#owner.onOpened(connection, performance.now() - startedAt)
    })
  }

  /** Takes a clean connection back, unless it is not wanted any more. */
  keep(connection: Connection, isSurplus: boolean): void {
    if (isSurplus || this.isStale(connection)) this.#source.retire(connection)
    else this.#source.give(connection)
  }

  /** Takes a connection back on which its session may have left something: nobody gets it before that is gone (R10). */
  cleanUp(connection: Connection, isSurplus: boolean): void {
    if (isSurplus || this.#isClosed || connection.leftState === 'lasting' || this.isStale(connection)) {
      this.#source.retire(connection)
      return
    }
    this.#proving++
    if (connection.leftState === 'none') this.#lookOver(connection)
    else this.#reset(connection)
  }

  #reset(connection: Connection): void {
    resetConnection(connection, (error) => {
      this.#onCleaned(connection, error)
    })
  }

  #lookOver(connection: Connection): void {
    const texts = connection.journal
    connection.journal = undefined // What the pool asks is no statement of the session.
    findLeftState(connection, (error, left) => {
      connection.journal = texts
      if (error !== undefined || left.length === 0) {
        this.#onCleaned(connection, error)
        return
      }
      this.#owner.listener.onLeftBehind(connection, left)
      if (left.some(({ kind }) => kind === 'prepared statement')) {
        this.#proving--
        this.#source.retire(connection)
        this.#owner.onRoom()
      } else this.#reset(connection)
    })
  }

  #onCleaned(connection: Connection, error: DatabaseError | undefined): void {
    this.#proving--
    if (connection.journal !== undefined) connection.journal = []
    if (error === undefined) this.#owner.onFit(connection)
    else this.#source.discard(connection, error)
    this.#owner.onRoom()
  }

  /** Closes a connection's socket; its place is free at once. */
  discard(connection: Connection, reason: DatabaseError): void {
    if (connection.lostTo !== undefined) this.#freshness.onLost(connection.lostTo)
    this.#source.discard(connection, reason)
  }

  /** It has served for long enough, or an event has ended its contemporaries. */
  isStale(connection: Connection): boolean {
    if (connection.isServerSuspect) this.#freshness.onSuspect()
    return this.#freshness.isStale(connection)
  }

  /** Opens nothing more, though whoever was promised a connection may still get it. */
  close(): void {
    this.#isClosed = true
    this.#pace.stop()
  }

  /** Closes all connections. Precondition: none is lent. Resolves when every socket is closed; never rejects. */
  async end(deadline: Deadline): Promise<void> {
    this.#claiming = 0 // pg-pool forgets the loans that it was about to make.
    await this.#source.end(deadline)
  }

  #take(onDone: (connection: Connection | undefined) => void): void {
    this.#source.take((error, connection) => {
      onDone(connection)
      if (connection === undefined) this.#onOpenFailed(error ?? poolClosed())
      else this.#onTaken(connection)
      this.#owner.onRoom()
    })
  }

  #onTaken(connection: Connection): void {
    if (connection.lostTo !== undefined) this.#source.discard(connection, connection.lostTo)
    else if (this.isStale(connection)) this.#source.retire(connection)
    else if (this.#owner.needsProof && this.#isDoubtful(connection)) this.#prove(connection)
    else {
      this.#owner.onFit(connection)
      return
    }
    this.#owner.onUnfit()
  }

  #isDoubtful(connection: Connection): boolean {
    const { prePing, prePingIdleMillis } = this.#options
    return prePing && connection.useCount > 0 && performance.now() - connection.idleSince >= prePingIdleMillis
  }

  #prove(connection: Connection): void {
    this.#proving++
    proveAlive(connection, this.#proofMillis, (error) => {
      this.#proving--
      if (error === undefined) this.#owner.onFit(connection)
      else {
        this.#source.discard(connection, error)
        this.#onLost(error)
      }
      this.#owner.onRoom()
    })
  }

  #onLost(error: DatabaseError): void {
    this.#freshness.onLost(error)
    this.#owner.listener.onIdleLost(error)
  }

  /** Whoever waits goes on waiting, until its own deadline, for the server may come back; unless waiting can't help. */
  #onOpenFailed(error: DatabaseError): void {
    if (this.#isClosed) return
    if (isWorthRetrying(error)) this.#pace.failed(error)
    else this.#owner.onHopeless(error)
  }
}
