import type { DatabaseError } from '../errors/database-error.js'

/** Statements that left in one write and were answered in one go. */
export interface RoundTripEvent {
  /** The session that sent them; `undefined` for statements outside a session. */
  readonly sessionId: string | undefined
  /** Their SQL, in the order in which they left. Never their parameters. */
  readonly statements: readonly string[]
  /** From the write to ReadyForQuery, in milliseconds. */
  readonly durationMillis: number
  /** Rows sent or touched by all of them. */
  readonly rowCount: number
  /** What ended the group early, if anything did. */
  readonly error: DatabaseError | undefined
}

/** One statement that was answered, or whose answer was lost. */
export interface StatementEvent {
  /** The session that sent it; `undefined` for a statement outside a session. */
  readonly sessionId: string | undefined
  /** Its SQL. Never its parameters. */
  readonly text: string
  /** From the write to ReadyForQuery, in milliseconds: the round trip's, which it may have shared with others. */
  readonly durationMillis: number
  /** Rows sent or touched; 0 if it failed. */
  readonly rowCount: number
  /** Why it failed, if it did. */
  readonly error: DatabaseError | undefined
  /**
   * Where in the program it was started, such as `at save (/app/songs.ts:12:5)`; not known where NODE_ENV is
   * `production`.
   */
  readonly where: string | undefined
}

/** A transaction began or ended on the server. */
export interface TransactionEvent {
  /** Its session; `undefined` for one outside a session. */
  readonly sessionId: string | undefined
  /** How long the round trip took, in milliseconds. */
  readonly durationMillis: number
}

/** A connection was lent. */
export interface AcquireEvent {
  /** The session that has it; `undefined` for work outside a session. */
  readonly sessionId: string | undefined
  /** The server's process. */
  readonly processId: number | null
  /** How long it was waited for, in milliseconds; 0 if one was idle. */
  readonly waitedMillis: number
}

/** A connection came back. */
export interface ReleaseEvent {
  /** The session that had it; `undefined` for work outside a session. */
  readonly sessionId: string | undefined
  /** The server's process. */
  readonly processId: number | null
  /** How long it was held, in milliseconds. */
  readonly heldMillis: number
  /** Why it was destroyed instead of kept, if it was. */
  readonly destroyedFor: DatabaseError | undefined
}

/** A connection is held for suspiciously long, or for ever. */
export interface LeakEvent {
  /** The session that has it; `undefined` for work outside a session. */
  readonly sessionId: string | undefined
  /** For how long, in milliseconds. */
  readonly heldMillis: number
  /** `overdue`: held for longer than `pool.leakDetectionMillis`. `collected`: its session was garbage-collected open. */
  readonly reason: 'overdue' | 'collected'
  /** Where in the program it was asked for, if that is known. */
  readonly where: string | undefined
}

/**
 * What an {@link Engine} tells its listeners; see {@link Engine.on}.
 *
 * Each is also published on `node:diagnostics_channel` as `async-database:statement` and so on, with the engine added.
 * An event without listeners costs nothing.
 *
 * @see Node.js manual, `diagnostics_channel`
 */
export interface EngineEvents {
  /** A connection was opened. */
  readonly connect: readonly [{ readonly processId: number | null; readonly durationMillis: number }]
  /** A connection was lent. */
  readonly acquire: readonly [AcquireEvent]
  /** A connection came back. */
  readonly release: readonly [ReleaseEvent]
  /** A connection was lost while nobody used it; it has been replaced or will be at the next need. */
  readonly invalidate: readonly [{ readonly error: DatabaseError }]
  /** A connection is held for too long, or for ever. */
  readonly leak: readonly [LeakEvent]
  /** Statements were answered. */
  readonly roundTrip: readonly [RoundTripEvent]
  /** A statement was answered. */
  readonly statement: readonly [StatementEvent]
  /** The server began a transaction. */
  readonly begin: readonly [TransactionEvent]
  /** The server confirmed a COMMIT. */
  readonly commit: readonly [TransactionEvent]
  /** The server rolled a transaction back because it was told to. One that ends with its connection has no such event. */
  readonly rollback: readonly [TransactionEvent]
}
