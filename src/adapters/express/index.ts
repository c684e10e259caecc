/**
 * One session for each request of an Express application.
 *
 * @packageDocumentation
 */
export type { RegisteredDatabase, RequestDatabase } from '../registered-database.js'
export type { CommitPolicy, RequestSessionOptions } from '../request-session-options.js'
export { requestSession } from './request-session.js'
