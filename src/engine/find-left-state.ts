import type { DatabaseError } from '../errors/database-error.js'
import type { Connection } from '../postgres/connection.js'
import { statement } from '../postgres/statement.js'
import { askConnection } from './ask-connection.js'

/** The catalogs are in memory; a server that needs longer than this is in trouble. */
const ANSWER_MILLIS = 5_000

/**
 * Names only: a setting may hold a secret. What differs from `reset_val` was set since the connection was opened; a
 * setting that ended with its transaction does not.
 *
 * The server lists no settings of a program's own, such as app.tenant_id. Their names are taken from the functions of the
 * database that set them; empty is what they are when nobody has.
 *
 * @see PostgreSQL manual, pg_settings; Customized Options
 */
const FIND_LEFT = `
  select 'setting' as kind, name from pg_catalog.pg_settings
    where source = 'session' and setting is distinct from reset_val
  union all select distinct 'setting', own.name
    from pg_catalog.pg_proc,
      lateral pg_catalog.regexp_matches(
        prosrc, '(?:set_config\\s*\\(\\s*''|\\mset\\s+(?:session\\s+)?)([a-z_]\\w*\\.[a-z_]\\w*)', 'gi'
      ) as found,
      lateral (select pg_catalog.lower(found[1]) as name) as own
    where pronamespace <> 'pg_catalog'::regnamespace and prosrc ~* '\\mset'
      and pg_catalog.current_setting(own.name, true) <> ''
      and not exists (
        select from pg_catalog.pg_db_role_setting, pg_catalog.unnest(setconfig) as assigned
        where pg_catalog.split_part(assigned, '=', 1) = own.name)
  union all select distinct 'advisory lock', '' from pg_catalog.pg_locks
    where locktype = 'advisory' and pid = pg_catalog.pg_backend_pid()
  union all select 'subscription', channel from pg_catalog.pg_listening_channels() as channel
  union all select 'temporary relation', relname from pg_catalog.pg_class
    where relnamespace = pg_catalog.pg_my_temp_schema() and relkind in ('r', 'p', 'v', 'S')
  union all select 'cursor', name from pg_catalog.pg_cursors where is_holdable
  union all select 'prepared statement', name from pg_catalog.pg_prepared_statements where from_sql`

const QUESTION = {
  statements: [statement(FIND_LEFT, [])],
  millis: ANSWER_MILLIS,
  silence: `A connection could not be looked over within ${ANSWER_MILLIS} ms`,
} as const

/** Something that is still there when its session has given its connection back. */
export interface LeftBehind {
  readonly kind: string
  /** Empty where it has none. */
  readonly name: string
}

/**
 * Looks over a connection that nobody has, in one round trip.
 *
 * @param onDone - Called once, with the reason if the connection is of no use now, or with what was left on it.
 * @internal
 */
export function findLeftState(
  connection: Connection,
  onDone: (error: DatabaseError | undefined, left: readonly LeftBehind[]) => void,
): void {
  askConnection(connection, QUESTION, (error, { outcomes }) => {
    const [outcome] = outcomes
    const hasRows = outcome !== undefined && 'rows' in outcome
    onDone(error, hasRows ? (outcome.rows as LeftBehind[]) : [])
  })
}
