import { AsyncResource } from 'node:async_hooks'

/**
 * A connection, and the timers of a pool, live longer than the request that happened to bring them about. Made in this
 * scope, they do not keep that request's AsyncLocalStorage stores alive, nor show them to those who come later (E15).
 *
 * @internal
 */
export const neutralScope = new AsyncResource('AsyncDatabase')
