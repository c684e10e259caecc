/**
 * A real PostgreSQL for tests and demos.
 *
 * @packageDocumentation
 */
export type { PostgresServer, PostgresSource, StartPostgresOptions } from './postgres-server.js'
export { startPostgres } from './start-postgres.js'
