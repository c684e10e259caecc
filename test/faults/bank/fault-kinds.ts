/**
 * What the soak does to its entrant:
 *
 * - `kill`: pg_terminate_backend of a random backend
 * - `reset`: RST on a random connection
 * - `blackHole`: three connections fall silent, for ever
 * - `restart`: the server crashes (immediate shutdown) and comes back
 * - `abort`: the caller gives the operation up, somewhere in its course
 * - `swallow`: the work catches a failed statement and goes on as if nothing had happened
 * - `commit`: the reply to COMMIT, or COMMIT itself, is lost
 */
export const FAULT_KINDS = ['kill', 'reset', 'blackHole', 'restart', 'abort', 'swallow', 'commit'] as const

export type FaultKind = (typeof FAULT_KINDS)[number]
