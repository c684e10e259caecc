import { Deferred } from '../../src/foundation/deferred.js'
import type { WireMessage } from './wire-message.js'

/** One message that passed, or was swallowed, in the order of the client's view. */
export interface WireEvent {
  /** The `ProxyConnection` it belongs to. */
  readonly connectionId: number
  /** On the clock of performance.now(): arrival of a client's message, departure of a server's. */
  readonly atMillis: number
  /** Which piece of its direction's byte stream completed it. Two messages of one piece most likely left in one write. */
  readonly chunk: number
  /** False if a fault swallowed it. */
  readonly isDelivered: boolean
  readonly message: WireMessage
}

/** Chooses events, for {@link WireRecorder.waitFor}. */
export type EventFilter = (event: WireEvent) => boolean

/** The server's messages that a client waits for before it goes on. */
const TURNING_POINTS = new Set(['ReadyForQuery', 'CopyInResponse', 'CopyBothResponse', 'PortalSuspended'])

const OWN_QUESTION = '/* async-database */'

/** How a connection stands between the client's messages and the server's. */
interface Turn {
  /** The connection has seen its first ReadyForQuery; what comes before is not counted. */
  isStarted: boolean
  /** The client sent something since the last turning point. */
  isAwaited: boolean
}

/**
 * Records the messages of all connections of a proxy, and counts round trips.
 *
 * **A round trip** is one wait of the client for the server: a ReadyForQuery (or CopyInResponse, CopyBothResponse
 * or PortalSuspended, where a client waits too) that reaches the client when it has sent at least one message since
 * the one before. So `n` statements that are sent without waiting for each other cost one, and the same statements
 * awaited one by one cost `n`. Connecting and authenticating, up to the first ReadyForQuery, are not counted.
 *
 * Where a client sends while the answer to its earlier message is on its way, the count depends on timing; a delay
 * of some milliseconds towards the client (`proxy.shape('toClient', { delayMillis: 5 })`) makes it certain.
 */
export class WireRecorder {
  readonly #events: WireEvent[] = []
  readonly #turns = new Map<number, Turn>()
  readonly #roundTrips = new Map<number, number>()
  readonly #waiters = new Set<{ readonly filter: EventFilter; readonly found: Deferred<WireEvent> }>()

  /** Everything since the start or the last {@link WireRecorder.clear}, oldest first. */
  get events(): readonly WireEvent[] {
    return this.#events
  }

  /** Round trips of all connections together. */
  get roundTrips(): number {
    let sum = 0
    for (const count of this.#roundTrips.values()) sum += count
    return sum
  }

  /** SQL text that was sent, in Query and Parse messages; without the package's own questions. */
  get sqlTexts(): readonly string[] {
    return this.#texts(['Query', 'Parse'])
  }

  /**
   * SQL that was asked to run, in Query and Execute messages; prepared statements appear each time they run. Without
   * the package's own questions, which are marked by a comment and leave in a round trip of the caller's.
   */
  get executedSql(): readonly string[] {
    return this.#texts(['Query', 'Execute'])
  }

  /** Names of the prepared statements in Bind messages; empty for the unnamed one. */
  get boundNames(): readonly string[] {
    return this.#clientEvents(['Bind']).map(({ message }) => message.statementName ?? '')
  }

  /** Round trips of one connection. */
  roundTripsOf(connectionId: number): number {
    return this.#roundTrips.get(connectionId) ?? 0
  }

  /** Forgets events and counts. Waits that have begun are still counted when they end. */
  clear(): void {
    this.#events.length = 0
    this.#roundTrips.clear()
  }

  /** Resolves with the next event, from now on, that the filter chooses. */
  async waitFor(filter: EventFilter): Promise<WireEvent> {
    const found = new Deferred<WireEvent>()
    this.#waiters.add({ filter, found })
    return await found.promise
  }

  /** For the proxy. */
  record(connectionId: number, message: WireMessage, chunk: number, isDelivered: boolean): void {
    const event = { connectionId, atMillis: performance.now(), chunk, isDelivered, message }
    this.#events.push(event)
    this.#count(event)
    for (const waiter of this.#waiters) {
      if (!waiter.filter(event)) continue
      this.#waiters.delete(waiter)
      waiter.found.resolve(event)
    }
  }

  #count({ connectionId, message, isDelivered }: WireEvent): void {
    let turn = this.#turns.get(connectionId)
    if (turn === undefined) this.#turns.set(connectionId, (turn = { isStarted: false, isAwaited: false }))
    if (message.direction === 'toServer') {
      turn.isAwaited = true
      return
    }
    if (!isDelivered || !TURNING_POINTS.has(message.name)) return
    if (turn.isStarted && turn.isAwaited) {
      this.#roundTrips.set(connectionId, this.roundTripsOf(connectionId) + 1)
    }
    turn.isStarted = true
    turn.isAwaited = false
  }

  #clientEvents(names: readonly string[]): WireEvent[] {
    return this.#events.filter(
      ({ message }) => message.direction === 'toServer' && names.includes(message.name),
    )
  }

  #texts(names: readonly string[]): string[] {
    return this.#clientEvents(names)
      .map(({ message }) => message.text ?? '')
      .filter((text) => !text.includes(OWN_QUESTION))
  }
}
