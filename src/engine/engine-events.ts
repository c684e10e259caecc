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

/**
 * What an {@link Engine} tells its listeners; see {@link Engine.on}.
 *
 * An event without listeners costs nothing.
 */
export interface EngineEvents {
  /** A connection was opened. */
  readonly connect: readonly [{ readonly processId: number | null }]
  /** A connection was lost while nobody used it; it has been replaced or will be at the next need. */
  readonly invalidate: readonly [{ readonly error: DatabaseError }]
  /** Statements were answered. */
  readonly roundTrip: readonly [RoundTripEvent]
}
