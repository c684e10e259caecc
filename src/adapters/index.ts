/**
 * What an adapter for another framework is made of: one session across one request, and its rule. The adapters for
 * Express and Fastify are made of the same parts.
 *
 * @packageDocumentation
 */
export { HeldResponse, type ResponseGate } from './held-response.js'
export type { RegisteredDatabase, RequestDatabase } from './registered-database.js'
export type { CommitPolicy, RequestSessionOptions } from './request-session-options.js'
export { RequestSessionRule } from './request-session-rule.js'
export { RequestSession, type ResponseStart } from './request-session.js'
export { STALE_HEADERS } from './stale-headers.js'
export { watchResponse, type WatchedResponse } from './watch-response.js'
