import type { Logger } from '../config/logger.js'
import type { SavepointScope } from './savepoint-stack.js'

/** How a transaction ended; `unknown` when the answer to COMMIT was lost. */
export type TransactionOutcome = 'committed' | 'rolled back' | 'unknown'

/** Work to be done around the end of a transaction; awaited. */
export type TransactionHook = () => unknown

/** Told how a transaction ended; awaited. */
export type CompletionHook = (outcome: TransactionOutcome) => unknown

interface Entry {
  readonly when: 'beforeCommit' | 'afterCommit' | 'afterRollback' | 'afterCompletion'
  readonly hook: CompletionHook
  /** The nested transaction it was registered in. */
  readonly scope: SavepointScope | undefined
}

/**
 * What is to be done at the end of one session's transaction, in the order in which it was registered.
 *
 * A hook belongs to the nested transaction that it was registered in: kept with it, dropped when that is undone.
 *
 * @see Rails, ActiveRecord `after_commit`; Spring, `TransactionSynchronization`
 * @internal
 */
export class TransactionHooks {
  readonly #logger: Logger
  readonly #sessionId: string
  #entries: Entry[] = []

  /** @param logger - Told of hooks that failed when nothing could be changed by it any more. */
  constructor(logger: Logger, sessionId: string) {
    this.#logger = logger
    this.#sessionId = sessionId
  }

  /** Whether there is nothing to do. */
  get isEmpty(): boolean {
    return this.#entries.length === 0
  }

  add(when: Entry['when'], hook: CompletionHook, scope: SavepointScope | undefined): void {
    this.#entries.push({ when, hook, scope })
  }

  /** Forgets the hooks of a nested transaction that was undone, and of those inside it. */
  drop(undone: SavepointScope): void {
    if (this.isEmpty) return
    this.#entries = this.#entries.filter((entry) => {
      let scope = entry.scope
      while (scope !== undefined && scope !== undone) scope = scope.parent
      return scope === undefined
    })
  }

  /** Runs those that may still change the outcome, those that they register included. The first failure is thrown. */
  async runBeforeCommit(): Promise<void> {
    for (let index = 0; index < this.#entries.length; index++) {
      const entry = this.#entries[index]
      if (entry?.when === 'beforeCommit') await entry.hook('committed')
    }
  }

  /** Runs those of this outcome, then those of any, and forgets all. Failures are reported; the others still run. */
  async runAfter(outcome: TransactionOutcome): Promise<void> {
    const entries = this.#entries
    this.#entries = []
    if (outcome === 'committed') await this.#runAll(entries, 'afterCommit', outcome)
    if (outcome === 'rolled back') await this.#runAll(entries, 'afterRollback', outcome)
    await this.#runAll(entries, 'afterCompletion', outcome)
  }

  async #runAll(entries: readonly Entry[], when: Entry['when'], outcome: TransactionOutcome): Promise<void> {
    for (const entry of entries) {
      if (entry.when !== when) continue
      try {
        await entry.hook(outcome)
      } catch (error) {
        const fields = { err: error, sessionId: this.#sessionId }
        this.#logger.error(fields, `a hook of a transaction failed (${when}); its outcome stands`)
      }
    }
  }
}
