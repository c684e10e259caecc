import { cascadeDeletes, markOrphans } from './cascade-deletes.js'
import { flushInsideHook, type FlushHooks } from './flush-hooks.js'
import { flush, type FlushWork } from './flush.js'
import type { Mapper } from './mapper.js'
import type { ObjectLoader } from './object-loader.js'
import { flushFailedBefore } from './object-refusals.js'
import { writeRelations } from './relation-writing.js'
import type { SessionObjects } from './session-objects.js'
import type { StatementRunner } from './statement-runner.js'

/** What the flushes of a session work with. */
export interface SessionFlushOptions {
  readonly mapper: Mapper
  readonly runner: StatementRunner
  readonly objects: SessionObjects
  readonly loader: ObjectLoader
  readonly hooks: FlushHooks
}

/**
 * The flushes of one session, one after the other: what there is to write, hooks and cascades around it, and that
 * nothing follows one that failed.
 *
 * @internal
 */
export class SessionFlush {
  readonly #options: SessionFlushOptions
  /** Whether any value may stand for one that another object will have; without one no flush needs to look for them. */
  hasPendingValues = false
  #underWay: Promise<void> | undefined
  /** Why, and how deep inside savepoints, a flush failed: part of it may have been written. */
  #failure: { readonly cause: unknown; readonly depth: number } | undefined

  constructor(options: SessionFlushOptions) {
    this.#options = options
  }

  /** Whether a hook of a flush runs. */
  get isInHook(): boolean {
    return this.#options.hooks.areRunning
  }

  /** Writes everything that was added, changed and deleted. */
  async run(): Promise<void> {
    if (this.isInHook) throw flushInsideHook()
    while (this.#underWay !== undefined) await this.#underWay.catch(() => undefined)
    if (this.#failure !== undefined) throw flushFailedBefore(this.#failure.cause)
    const work = this.#work()
    if (work === undefined) return
    this.#underWay = this.#flush(work)
    try {
      await this.#underWay
    } finally {
      this.#underWay = undefined
      this.#options.objects.afterFlush()
    }
  }

  /** What failed was rolled back: the transaction, or savepoints down to a depth. */
  afterRollback(depth = 0): void {
    if (this.#failure !== undefined && this.#failure.depth >= depth) this.#failure = undefined
  }

  /** What there is to write. Copies: objects may be added and marked while it is under way. */
  #work(): FlushWork | undefined {
    const { objects } = this.#options
    if (objects.identities.size === 0) return undefined
    const relations = writeRelations(objects)
    if (relations?.hasPendingValues === true) this.hasPendingValues = true
    const { pending, marked } = objects
    const changes = objects.changes()
    if (pending.length + changes.length + marked.size === 0 && relations === undefined) return undefined
    const { hasPendingValues } = this
    return { inserts: [...pending], changes, deletes: [...marked], hasPendingValues, relations }
  }

  async #flush(first: FlushWork): Promise<void> {
    const { runner, mapper, objects, loader, hooks } = this.#options
    const { identities, journal } = objects
    let work: FlushWork | undefined = first
    if (!hooks.isEmpty) {
      await hooks.run('before', work)
      // Relations may hold something else by now.
      work.relations?.edits.undo()
      work = this.#work()
    }
    if (work !== undefined && markOrphans(work.changes, objects)) work = this.#work()
    const cascade = { runner, loader, objects }
    if (work !== undefined && work.deletes.length > 0 && (await cascadeDeletes(cascade))) work = this.#work()
    if (work !== undefined && !hooks.isEmpty) {
      await hooks.runForRows(work)
      work = this.#work()
    }
    if (work === undefined) return
    try {
      await flush({ runner, mapper, identities, journal }, work)
    } catch (cause) {
      this.#failure = { cause, depth: journal.depth }
      throw cause
    }
    if (!hooks.isEmpty) await hooks.run('after', work)
  }
}
