import type { UnexpectedRollbackError } from '../errors/transaction-error.js'
import { endedUnderWork, unexpectedRollback } from './session-errors.js'
import { SavepointStack, type SavepointScope } from './savepoint-stack.js'

interface Failure {
  readonly error: unknown
  /** Where it happened. */
  readonly scope: SavepointScope
}

/**
 * The work that takes part in a session's transaction without a savepoint of its own: `transactional()` that began it
 * or joined it. If one fails, what is around it can only be rolled back, whoever swallows that failure (R9).
 *
 * @see Spring, `rollbackOnly` and `UnexpectedRollbackException`
 * @internal
 */
export class Participants {
  readonly #stack: SavepointStack
  readonly #running = new Map<SavepointScope, Promise<unknown>>()
  #failures: Failure[] = []

  constructor(stack: SavepointStack) {
    this.#stack = stack
  }

  /** Whether work is still under way. */
  get areRunning(): boolean {
    return this.#running.size > 0
  }

  /** Runs work as a part of the transaction that is open, or about to be. */
  async run<Result>(work: () => Promise<Result>): Promise<Result> {
    const scope = this.#stack.scope('participant')
    scope.state = 'open'
    const running = SavepointStack.run(scope, async () => await work())
    this.#running.set(
      scope,
      running.catch(() => undefined),
    )
    try {
      const result = await running
      // What it did before it was cut off is gone: it must not look done.
      if (!isOpen(scope)) throw endedUnderWork()
      return result
    } catch (error) {
      if (isOpen(scope)) this.#failures.push({ error, scope })
      throw error
    } finally {
      this.#running.delete(scope)
      if (isOpen(scope)) scope.state = 'ended'
    }
  }

  /** Waits for work that was started side by side: it is part of the same transaction. */
  async settled(): Promise<void> {
    while (this.areRunning) await Promise.all(this.#running.values())
  }

  /** Why the transaction, or a savepoint of it, can only be rolled back: work failed in it. */
  failureIn(savepoint?: SavepointScope): UnexpectedRollbackError | undefined {
    const failure = this.#failures.find(({ scope }) => savepoint === undefined || isInside(scope, savepoint))
    return (
      failure &&
      unexpectedRollback(savepoint === undefined ? 'transaction' : 'nested transaction', failure.error)
    )
  }

  /** A savepoint was undone, and with it what had failed inside. */
  drop(undone: SavepointScope): void {
    if (this.#failures.length === 0) return
    this.#failures = this.#failures.filter(({ scope }) => !isInside(scope, undone))
  }

  /** The transaction has ended: what still runs takes part in nothing any more. */
  clear(): void {
    this.#failures = []
    for (const scope of this.#running.keys()) scope.state = 'cut off'
  }
}

function isInside(scope: SavepointScope, outer: SavepointScope): boolean {
  let around: SavepointScope | undefined = scope
  while (around !== undefined && around !== outer) around = around.parent
  return around !== undefined
}

function isOpen({ state }: SavepointScope): boolean {
  return state === 'open'
}
