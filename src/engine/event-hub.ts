import { channel, type Channel } from 'node:diagnostics_channel'
import { TypedEmitter } from '../foundation/typed-emitter.js'
import type { EngineEvents } from './engine-events.js'

type EventName = keyof EngineEvents

/** Told by {@link RoundTripReport}, from what a group of statements was answered. */
const GROUP_EVENTS = ['roundTrip', 'statement', 'begin', 'commit', 'rollback'] as const
const NAMES: readonly EventName[] = [...GROUP_EVENTS, 'connect', 'acquire', 'release', 'invalidate', 'leak']

/** One for each event, shared by all engines of the process, as Node means it. */
const CHANNELS = Object.freeze(
  Object.fromEntries(NAMES.map((name) => [name, channel(`async-database:${name}`)])),
) as Readonly<Record<EventName, Channel>>

/**
 * Where an engine's events go: to its own listeners, and to `node:diagnostics_channel`.
 *
 * @internal
 */
export class EventHub {
  readonly #emitter: TypedEmitter<EngineEvents>
  readonly #engine: object

  constructor(engine: object, onListenerError: (error: unknown, event: EventName) => void) {
    this.#engine = engine
    this.#emitter = new TypedEmitter(onListenerError)
  }

  on<Name extends EventName>(event: Name, listener: (...values: EngineEvents[Name]) => unknown): () => void {
    return this.#emitter.on(event, listener)
  }

  /** Whether anybody listens to what comes of a group of statements. */
  get wantsGroups(): boolean {
    for (const name of GROUP_EVENTS) if (CHANNELS[name].hasSubscribers) return true
    return this.#emitter.isHeard && GROUP_EVENTS.some((name) => this.#emitter.listenerCount(name) > 0)
  }

  wants(event: EventName): boolean {
    return CHANNELS[event].hasSubscribers || (this.#emitter.isHeard && this.#emitter.listenerCount(event) > 0)
  }

  /** Makes the event only if somebody listens. */
  tell<Name extends EventName>(event: Name, make: () => EngineEvents[Name][0]): void {
    if (!this.wants(event)) return
    const value = make()
    this.#emitter.emit(event, ...([value] as unknown as EngineEvents[Name]))
    if (CHANNELS[event].hasSubscribers) CHANNELS[event].publish({ ...value, engine: this.#engine })
  }
}
