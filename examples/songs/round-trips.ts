import type { Engine, RoundTripEvent } from 'async-database'
import { setTimeout as sleep } from 'node:timers/promises'

/** Notes what leaves for the database, so that it can be shown request by request. */
export class RoundTrips {
  readonly #engine: Engine
  #events: RoundTripEvent[] = []

  constructor(engine: Engine) {
    this.#engine = engine
    engine.on('roundTrip', (event) => this.#events.push(event))
  }

  /** Waits until so many round trips have been answered since the last take. */
  async answered(count: number): Promise<void> {
    while (this.#events.length < count) await sleep(5)
  }

  /** Waits until every connection is back, then gives what has left since the last call. */
  async take(): Promise<readonly RoundTripEvent[]> {
    // The ROLLBACK of a failed request may still be on its way when its response has arrived.
    for (let patience = 0; this.#engine.stats().inUse > 0 && patience < 2_000; patience++) await sleep(1)
    const events = this.#events
    this.#events = []
    return events
  }
}
