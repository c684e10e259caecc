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

const VOLUME = 'moves megabytes, which one by one take minutes'
const LAST_WORD = 'waits for a word that arrives after the network has refused the next statement here'
const OVERTAKEN =
  'waits for the words with which a server gives up: bytes still on their way make it reset the connection, which may overtake them'
const STRIKES =
  'kills connections faster than they get work done here; pooler/sharing has the tenants of a pooler'

const BLEED = [/^tenant-bleed.*whatever happens to their connections/, STRIKES] as const

type Skipped = readonly (readonly [name: RegExp, reason: string])[]

/** Behind a pooler in transaction mode. */
const PGBOUNCER: Skipped = [
  [/^begin-group.*are parsed (?:once|again)/, NAMES],
  [/^stale-statements/, NAMES],
  [/^commit-outcome.*went into a black hole, for its backend/, ENDS_PROCESS],
  [/^commit-outcome.*another server answers/, SERVER_ID],
  [/^commit-outcome.*does not tell which one it is/, POOLERS_USERS],
  [/^left-state.*made by DO/, UNSEEN],
  [/^left-state.*reset/, RESET],
  [/^messages.*more connections than the server has/, SERVER_LIMIT],
  [/^pre-ping.*(?:succeeds on another connection|has heard of the kill)/, POOLERS_OWN],
  [/^unanswered.*the reset of what/, RESET],
  BLEED,
]

/** Through a proxy that cuts TCP into single bytes. */
const ONE_BYTE: Skipped = [
  [/^connection-loss.*with the SQLSTATE when the server said why/, OVERTAKEN],
  [/^engine-events.*tells of failures/, OVERTAKEN],
  [/^hostile-input.*of notices/, VOLUME],
  [/^parameters.*(?:of a megabyte|one of 65,535)/, VOLUME],
  [/^results.*of a large table/, VOLUME],
  [/^messages.*paused for too long/, LAST_WORD],
  BLEED,
]

/** Tests that can't hold in a run of that kind, by `file > full name`, each with the reason. */
export const SKIPPED_VIA: Readonly<Partial<Record<string, Skipped>>> = {
  pgbouncer: PGBOUNCER,
  'one-byte': ONE_BYTE,
}
