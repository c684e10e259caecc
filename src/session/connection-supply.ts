import type { Waiter } from '../engine/waiter.js'

/**
 * The part of the pool that a conversation needs.
 *
 * @internal
 */
export interface ConnectionSupply {
  enqueue(waiter: Waiter): void
  withdraw(waiter: Waiter): void
}
