import { UsageError } from '../errors/usage-error.js'
import type { FlushWork } from './flush.js'
import type { FlushedObjects, ObjectEvents, RowEvent } from './object-events.js'
import type { TrackedObject } from './tracked-object.js'

/**
 * Calls the hooks of the database and of the session, in this order.
 *
 * @internal
 */
export class FlushHooks {
  readonly #events: readonly ObjectEvents<unknown>[]
  readonly #session: unknown
  #areRunning = false

  constructor(events: readonly ObjectEvents<unknown>[], session: unknown) {
    this.#events = events
    this.#session = session
  }

  get isEmpty(): boolean {
    return this.#events.every((events) => events.isEmpty)
  }

  /** Whether a hook runs now: what it asks for must not wait for the flush that waits for it. */
  get areRunning(): boolean {
    return this.#areRunning
  }

  async run(when: 'after' | 'before', { inserts, changes, deletes }: FlushWork): Promise<void> {
    const objects: FlushedObjects = {
      new: inserts.map(objectOf),
      dirty: changes.map(({ state }) => state.object),
      deleted: deletes.map(objectOf),
    }
    await this.#guarded(async () => {
      for (const events of this.#events)
        for (const hook of events.flushHooks(when)) await hook(this.#session, objects)
    })
  }

  async runForRows({ inserts, changes, deletes }: FlushWork): Promise<void> {
    await this.#guarded(async () => {
      for (const state of inserts) await this.#row('insert', state, [])
      for (const { state, columns } of changes)
        await this.#row(
          'update',
          state,
          columns.map(({ key }) => key),
        )
      for (const state of deletes) await this.#row('delete', state, [])
    })
  }

  /** Without a hook for the table, nothing; a hook that gives no promise is not waited for. */
  #row(event: RowEvent, state: TrackedObject, columns: readonly string[]): Promise<void> | undefined {
    let done: Promise<void> | undefined
    for (const events of this.#events) {
      for (const hook of events.rowHooks(event, state.mapping.definition)) {
        const call = (): Promise<void> | void => hook(state.object as never, this.#session, columns)
        const result = done === undefined ? call() : done.then(call)
        if (result !== undefined) done = result
      }
    }
    return done
  }

  async #guarded(work: () => Promise<void>): Promise<void> {
    this.#areRunning = true
    try {
      await work()
    } finally {
      this.#areRunning = false
    }
  }
}

/** A hook of a flush asked for another one. @internal */
export function flushInsideHook(): UsageError {
  return new UsageError({
    message: 'flush() was refused: a hook of the flush that is under way runs',
    hint: 'What beforeFlush() adds or changes is written by the flush that it belongs to.',
  })
}

function objectOf({ object }: TrackedObject): object {
  return object
}
