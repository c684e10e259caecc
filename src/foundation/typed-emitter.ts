import { AsyncResource } from 'node:async_hooks'

/** A map from event name to the arguments its listeners receive. */
export type EventMap<Events> = { readonly [Name in keyof Events]: readonly unknown[] }

type Listener<Arguments extends readonly unknown[]> = (...values: Arguments) => unknown

/**
 * Tells listeners what happened, without letting them disturb the teller. Performs no I/O.
 *
 * Unlike Node's EventEmitter: an event named `error` without a listener is not thrown, a listener that throws or
 * rejects stops neither the others nor the emitter, and a listener runs in the async context that registered it,
 * not in that of the request whose socket happened to speak (E9, E15).
 *
 * @example
 * ```ts ignore -- not exported from the package
 * const events = new TypedEmitter<{ acquire: [waitedMillis: number] }>(console.error)
 * const stop = events.on('acquire', (waitedMillis) => console.log(waitedMillis))
 * events.emit('acquire', 12)
 * stop()
 * ```
 */
export class TypedEmitter<Events extends EventMap<Events>> {
  readonly #listeners = new Map<keyof Events, Set<Listener<never>>>()
  readonly #onListenerError: (error: unknown, event: keyof Events) => void

  /**
   * @param onListenerError - Receives what a listener threw or rejected with. Must not throw.
   */
  constructor(onListenerError: (error: unknown, event: keyof Events) => void) {
    this.#onListenerError = onListenerError
  }

  /**
   * Adds a listener. The same function added twice is called twice.
   *
   * @param event - The name of the event.
   * @param listener - Called synchronously by `emit`; a promise it returns is not awaited.
   * @returns A function that removes this registration; calling it again does nothing.
   */
  on<Name extends keyof Events>(event: Name, listener: Listener<Events[Name]>): () => void {
    const bound = AsyncResource.bind(listener as unknown as Listener<unknown[]>)
    const registered = this.#listeners.get(event) ?? new Set()
    this.#listeners.set(event, registered.add(bound))
    return () => {
      registered.delete(bound)
    }
  }

  /**
   * Calls the listeners of an event in the order they were added. Never throws.
   *
   * @param event - The name of the event.
   * @param values - What happened.
   */
  emit<Name extends keyof Events>(event: Name, ...values: Events[Name]): void {
    const registered = this.#listeners.get(event)
    if (registered === undefined || registered.size === 0) return
    // A copy: a listener may remove itself or add another while it runs.
    for (const listener of [...registered]) {
      try {
        const returned = (listener as Listener<Events[Name]>)(...values)
        if (returned instanceof Promise)
          returned.catch((error: unknown) => this.#onListenerError(error, event))
      } catch (error) {
        this.#onListenerError(error, event)
      }
    }
  }

  /** Whether any event has ever had a listener. */
  get isHeard(): boolean {
    return this.#listeners.size > 0
  }

  /**
   * Counts listeners, so that a costly event need not be built for nobody.
   *
   * @param event - The name of the event.
   * @returns How many listeners the event has.
   */
  listenerCount(event: keyof Events): number {
    return this.#listeners.get(event)?.size ?? 0
  }
}
