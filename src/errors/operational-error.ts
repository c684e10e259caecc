import { DatabaseError, type DatabaseErrorInit } from './database-error.js'
import type { ErrorCode } from './error-codes.js'

/** The network, the server or the pool can't serve now: fix the world, or wait. */
export class OperationalError extends DatabaseError {
  static override readonly code: ErrorCode = 'OPERATIONAL_ERROR'
  static override readonly name: string = 'OperationalError'
}

/** No connection could be made: unreachable, refused, wrong credentials, no such database, or not accepting yet. */
export class ConnectionFailedError extends OperationalError {
  static override readonly code: ErrorCode = 'CONNECTION_FAILED'
  static override readonly name: string = 'ConnectionFailedError'
}

/** What a {@link DisconnectedError} adds. */
export interface DisconnectedErrorInit extends DatabaseErrorInit {
  /**
   * True only where it is proved that nothing of the transaction was applied, such as when nothing was sent.
   *
   * @defaultValue false
   */
  readonly isRetryable?: boolean | undefined
}

/** An established connection was lost; it is never used again. */
export class DisconnectedError extends OperationalError {
  static override readonly code: ErrorCode = 'DISCONNECTED'
  static override readonly name: string = 'DisconnectedError'
  readonly #isRetryable: boolean

  constructor(init: DisconnectedErrorInit) {
    super(init)
    this.#isRetryable = init.isRetryable ?? false
  }

  /** False unless the code that met the loss proved that nothing was applied. */
  override get isRetryable(): boolean {
    return this.#isRetryable
  }
}

/** A pool's figures at one moment. */
export interface PoolFigures {
  /** Connections lent to a session or a statement. */
  readonly inUse: number
  /** Connections that wait to be lent. */
  readonly idle: number
  /** Connections being opened, or about to be lent. */
  readonly pending: number
  /** Callers that wait for a connection. */
  readonly waiting: number
  /** Most connections the pool may hold (`pool.size + pool.maxOverflow`). */
  readonly max: number
}

/** Who has a connection of a pool. */
export interface PoolHolder {
  /** The session that has it; `undefined` for a statement or a transaction outside sessions. */
  readonly sessionId: string | undefined
  /** For how long, in milliseconds. */
  readonly heldMillis: number
  /**
   * Where in the program it was asked for, such as `at save (/app/songs.ts:12:5)`. Known unless NODE_ENV is
   * `production`, and there too with `pool.leakDetectionMillis`.
   */
  readonly where: string | undefined
}

/** What the errors about a full pool add. */
export interface PoolExhaustedErrorInit extends DatabaseErrorInit {
  /** The pool's figures at that moment. */
  readonly stats: PoolFigures
}

/** What a {@link PoolTimeoutError} adds. */
export interface PoolTimeoutErrorInit extends PoolExhaustedErrorInit {
  /** How long the caller waited, in milliseconds. */
  readonly waitedMillis: number
  /** Who had the connections meanwhile, the one who had held it longest first. */
  readonly holders?: readonly PoolHolder[] | undefined
}

/** No connection became free in time. Nothing was sent. */
export class PoolTimeoutError extends OperationalError {
  static override readonly code: ErrorCode = 'POOL_TIMEOUT'
  static override readonly name: string = 'PoolTimeoutError'

  /** How long the caller waited, in milliseconds. */
  readonly waitedMillis: number
  /** The pool's figures at that moment. */
  readonly stats: PoolFigures
  /** Who had the connections meanwhile, the one who had held it longest first. */
  readonly holders: readonly PoolHolder[]

  constructor(init: PoolTimeoutErrorInit) {
    super(init)
    this.waitedMillis = init.waitedMillis
    this.stats = Object.freeze({ ...init.stats })
    this.holders = Object.freeze([...(init.holders ?? [])])
  }
}

/** The queue for connections is full, so the caller was refused at once. Nothing was sent. */
export class PoolExhaustedError extends OperationalError {
  static override readonly code: ErrorCode = 'POOL_EXHAUSTED'
  static override readonly name: string = 'PoolExhaustedError'

  /** The pool's figures at that moment. */
  readonly stats: PoolFigures

  constructor(init: PoolExhaustedErrorInit) {
    super(init)
    this.stats = Object.freeze({ ...init.stats })
  }
}

/** What a {@link PoolDeadlockError} adds. */
export interface PoolDeadlockErrorInit extends PoolExhaustedErrorInit {
  /** Who has the connections, the one who has held it longest first. */
  readonly holders: readonly PoolHolder[]
}

/** Every connection is held by work that itself waits for one, so none can ever come free. Nothing was sent. */
export class PoolDeadlockError extends OperationalError {
  static override readonly code: ErrorCode = 'POOL_DEADLOCK'
  static override readonly name: string = 'PoolDeadlockError'

  /** The pool's figures at that moment. */
  readonly stats: PoolFigures
  /** Who has the connections, the one who has held it longest first. */
  readonly holders: readonly PoolHolder[]

  constructor(init: PoolDeadlockErrorInit) {
    super(init)
    this.stats = Object.freeze({ ...init.stats })
    this.holders = Object.freeze([...init.holders])
  }
}

/** The pool is closing or closed. Nothing was sent. */
export class PoolClosedError extends OperationalError {
  static override readonly code: ErrorCode = 'POOL_CLOSED'
  static override readonly name: string = 'PoolClosedError'
}

/** The other side does not speak PostgreSQL's protocol as agreed; the connection is destroyed. */
export class ProtocolError extends OperationalError {
  static override readonly code: ErrorCode = 'PROTOCOL_ERROR'
  static override readonly name: string = 'ProtocolError'
}

/** The part of an operation that used the time up. */
export type OperationPhase = 'acquire' | 'connect' | 'begin' | 'query' | 'commit' | 'rollback' | 'release'

/** What an {@link OperationAbortedError} adds. */
export interface OperationAbortedErrorInit extends DatabaseErrorInit {
  /** The part of the operation that was running. */
  readonly phase: OperationPhase
}

/** An AbortSignal or a deadline ended the operation; `cause` is the signal's reason, if there was one. */
export class OperationAbortedError extends OperationalError {
  static override readonly code: ErrorCode = 'OPERATION_ABORTED'
  static override readonly name: string = 'OperationAbortedError'

  /** The part of the operation that was running. */
  readonly phase: OperationPhase

  constructor(init: OperationAbortedErrorInit) {
    super(init)
    this.phase = init.phase
  }
}
