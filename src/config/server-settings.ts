import { quoteIdentifier } from '../foundation/quote-identifier.js'
import type { ResolvedOptions } from './async-database-options.js'

/**
 * The server settings that all work of a database starts with, by name. Pure.
 *
 * Connections of their own are opened with them, so that RESET and DISCARD return to them (F9). A transaction pooler
 * refuses them there (E17), so each transaction begins with them.
 *
 * @internal
 */
export function serverSettings({ schema, session }: ResolvedOptions): Readonly<Record<string, string>> {
  return {
    // pg_temp last, so that nobody's temporary table hides a real one (S3).
    search_path: `${quoteIdentifier(schema)}, ${schema === 'public' ? '' : 'public, '}pg_temp`,
    statement_timeout: String(session.statementTimeoutMillis),
    idle_in_transaction_session_timeout: String(session.idleInTransactionTimeoutMillis),
  }
}
