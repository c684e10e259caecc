/**
 * One session for each request of a Fastify application.
 *
 * @packageDocumentation
 */
export type { RegisteredDatabase, RequestDatabase } from '../registered-database.js'
export type { CommitPolicy, RequestSessionOptions } from '../request-session-options.js'
export { requestSession, type RequestSessionPluginOptions } from './request-session.js'
