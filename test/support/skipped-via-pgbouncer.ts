const NAMES = 'is about named statements, of which there are none here'
const UNSEEN =
  'nobody can see what a function does inside, or take away what it leaves on the pooler’s connection'
const RESET = 'is about resetting a connection: here nothing is left on it'
const POOLERS_OWN =
  'is about a dead server connection, which is the pooler’s own here: it opens another, and nobody notices'
const POOLERS_USERS = 'logs in as a role that this pooler does not know'
const ENDS_PROCESS = 'ends the process that waits for the COMMIT, which could be another’s by then here'
const SERVER_LIMIT = 'compares the pool with the server’s limit, which is the pooler’s matter here'
const SERVER_ID = 'is about the identity of the server behind a connection, which is not asked here'

/** Tests that can't hold behind a pooler in transaction mode, by `file > full name`, each with the reason. */
export const SKIPPED_VIA_PGBOUNCER: readonly (readonly [name: RegExp, reason: string])[] = [
  [/^begin-group.*are parsed (?:once|again)/, NAMES],
  [/^stale-statements/, NAMES],
  [/^commit-outcome.*went into a black hole, for its backend/, ENDS_PROCESS],
  [/^commit-outcome.*another server answers/, SERVER_ID],
  [/^commit-outcome.*does not tell which one it is/, POOLERS_USERS],
  [/^left-state.*made by DO/, UNSEEN],
  [/^left-state.*reset/, RESET],
  [/^messages.*more connections than the server has/, SERVER_LIMIT],
  [/^pre-ping.*(?:succeeds on another connection|has heard of the kill)/, POOLERS_OWN],
]
