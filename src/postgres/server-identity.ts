import type { StatementGroup } from './statement-group.js'
import { statement } from './statement.js'

/**
 * Which server it is, and in which of its lives.
 *
 * @internal
 */
export interface ServerIdentity {
  /** System identifier and timeline; `undefined` where they can't be known, as behind a pooler. */
  readonly history: string | undefined
  /** When it was started; another text after each restart. */
  readonly startedAt: string
  /** When its statistics began; another text after each crash, which a server takes as a reason to forget them. */
  readonly statisticsSince: string
}

/**
 * Start and statistics' begin, in one text with a space between. Everybody may know them, at no cost.
 *
 * @internal
 */
export const LIFE = `extract(epoch from pg_catalog.pg_postmaster_start_time()) || ' ' || extract(epoch from pg_catalog.pg_stat_get_bgwriter_stat_reset_time())`

const HISTORY = `c.system_identifier || '/' || case when pg_catalog.pg_is_in_recovery() then 'standby' else pg_catalog.substr(pg_catalog.pg_walfile_name(pg_catalog.pg_current_wal_insert_lsn()), 1, 8) end`

/**
 * Asks which server this is, and in which of its lives: after a failover or a crash the same transaction id may be
 * another transaction's. It begins with a comment so that it is not prepared: each connection asks once.
 *
 * @see PostgreSQL manual, Continuous Archiving, Timelines; RELIABILITY, I-RESOLVE
 * @internal
 */
export const WHICH_SERVER = statement(
  `/* async-database */ select ${HISTORY} || ' ' || ${LIFE} as server from pg_catalog.pg_control_system() as c`,
  [],
)

/** The answer; `undefined` from a server that does not let everybody know. No I/O. @internal */
export function serverIdentity({ outcomes: [outcome] }: StatementGroup): ServerIdentity | undefined {
  const rows = outcome !== undefined && 'rows' in outcome ? outcome.rows : []
  const [history, life] = split((rows[0] as { server?: string | null } | undefined)?.server ?? '')
  return lifeOf(life, history)
}

/** Reads {@link LIFE}. No I/O. @internal */
export function lifeOf(life: string, history?: string): ServerIdentity | undefined {
  const [startedAt, statisticsSince] = split(life)
  return statisticsSince === '' ? undefined : { history, startedAt, statisticsSince }
}

function split(text: string): readonly [string, string] {
  const space = text.indexOf(' ')
  return space === -1 ? [text, ''] : [text.slice(0, space), text.slice(space + 1)]
}
