import type { StatementGroup } from './statement-group.js'
import { statement } from './statement.js'

/**
 * Asks which server this is, and in which of its lives: after a failover the same transaction id may be another
 * transaction's. It begins with a comment so that it is not prepared: each connection asks once.
 *
 * @see PostgreSQL manual, Continuous Archiving, Timelines; RELIABILITY, I-RESOLVE
 * @internal
 */
export const WHICH_SERVER = statement(
  `/* async-database */ select c.system_identifier || '/' || case when pg_catalog.pg_is_in_recovery() then 'standby' else pg_catalog.substr(pg_catalog.pg_walfile_name(pg_catalog.pg_current_wal_insert_lsn()), 1, 8) end as server from pg_catalog.pg_control_system() as c`,
  [],
)

/** The answer; `undefined` from a server that does not let everybody know. No I/O. @internal */
export function serverIdentity({ outcomes: [outcome] }: StatementGroup): string | undefined {
  const rows = outcome !== undefined && 'rows' in outcome ? outcome.rows : []
  return (rows[0] as { server?: string } | undefined)?.server
}
