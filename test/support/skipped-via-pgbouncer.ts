const COUNTS = 'counts the messages of a transaction, which begins with one more here: its settings'
const NAMES = 'is about named statements, of which there are none here'
const PROCESSES = 'kills or asks for server processes, which belong to the pooler here'

/** Tests that can't hold behind a pooler in transaction mode, by `file > full name`, each with the reason. */
export const SKIPPED_VIA_PGBOUNCER: readonly (readonly [name: RegExp, reason: string])[] = [
  [/^begin-group.*leaves in one write/, COUNTS],
  [/^begin-group.*are parsed once/, NAMES],
  [/^commit-outcome.*(?:went into a black hole, for its backend|another server answers)/, PROCESSES],
  [/^commit-outcome.*asks nothing in a transaction that only reads/, COUNTS],
  [/^commit-outcome.*does not tell which one it is/, 'logs in as a role that the pooler does not know'],
  [
    /^database-kysely.*side by side on several connections/,
    'needs three server processes; there are two here',
  ],
  [/^pre-ping/, PROCESSES],
  [/^stale-statements/, NAMES],
  [/^session-stream.*fetches no more/, COUNTS],
]
