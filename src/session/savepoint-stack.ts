import { AsyncLocalStorage } from 'node:async_hooks'
import { SessionStateError } from '../errors/usage-error.js'
import { Deferred } from '../foundation/deferred.js'

/**
 * One nested transaction, from its SAVEPOINT to its RELEASE or ROLLBACK TO.
 *
 * @internal
 */
export interface SavepointScope {
  readonly name: string
  readonly stack: SavepointStack
  /** The scope of the same session around it, in the code. */
  readonly parent: SavepointScope | undefined
  /** The scope around it, of whatever session: work on one session may be inside work on another. */
  readonly context: SavepointScope | undefined
  /**
   * What is known of its work. `callback`: it runs in the scope's async context, and nothing of it may come after the
   * end. `kysely`: it does so too, but its handle refuses late work by itself, and other work may share the context.
   * `handle`: only its handle knows it. `participant`: like `callback`, but it takes part in what is around it and
   * has no savepoint.
   */
  readonly kind: 'callback' | 'kysely' | 'handle' | 'participant'
  /** `prepared` until it is entered; `cut off` when the whole transaction ended around it. */
  state: 'prepared' | 'open' | 'ending' | 'ended' | 'cut off'
}

const currentScope = new AsyncLocalStorage<SavepointScope>()

/**
 * The open savepoints of one session, the innermost last.
 *
 * PostgreSQL nests savepoints in the order in which it meets them, so two that run side by side would end each
 * other (F11, pain 12). Here siblings take turns: who is not called from within the innermost scope waits for it.
 *
 * @internal
 */
export class SavepointStack {
  readonly #open: SavepointScope[] = []
  readonly #waiting: Deferred<undefined>[] = []
  #count = 0

  /** The open scopes, the innermost last. */
  get openScopes(): readonly SavepointScope[] {
    return this.#open
  }

  /** Makes a scope inside the one that this code runs in; `enter` opens it. */
  scope(kind: SavepointScope['kind']): SavepointScope {
    const context = currentScope.getStore()
    return {
      name: `sp_${++this.#count}`,
      stack: this,
      parent: this.current(),
      context,
      kind,
      state: 'prepared',
    }
  }

  /** The scope that `run` was given and that nobody has entered yet, else one that only its handle knows. */
  preparedScope(): SavepointScope {
    const running = currentScope.getStore()
    return running?.stack === this && running.state === 'prepared' ? running : this.scope('handle')
  }

  /** The scope that this code was started in, if it is too late for a statement of it. */
  lateScope(): SavepointScope | undefined {
    let scope = this.current()
    while (scope !== undefined && !isOver(scope)) scope = scope.parent
    return scope
  }

  /** Runs work inside a scope. */
  static run<Result>(scope: SavepointScope, work: () => Result): Result {
    return currentScope.run(scope, work)
  }

  /** Opens a scope, after waiting for its siblings. */
  async enter(scope: SavepointScope): Promise<void> {
    while (!this.#mayEnter(scope)) {
      const turn = new Deferred<undefined>()
      this.#waiting.push(turn)
      await turn.promise
    }
    scope.state = 'open'
    this.#open.push(scope)
  }

  /** Ends a scope, and what was left open inside it. */
  leave(scope: SavepointScope): void {
    const index = this.#open.indexOf(scope)
    if (index !== -1) for (const ended of this.#open.splice(index)) ended.state = 'ended'
    this.#wake()
  }

  /** Forgets all scopes: the transaction around them has ended. */
  clear(): void {
    if (this.#open.length === 0 && this.#waiting.length === 0) return
    for (const scope of this.#open.splice(0)) scope.state = 'cut off'
    this.#wake()
  }

  /** Throws {@link SessionStateError} if the scope has ended already, with what was around it. */
  assertOpen(scope: SavepointScope): void {
    if (scope.state === 'open') return
    throw new SessionStateError({
      message: `The nested transaction ${scope.name} has already ended, with the transaction around it`,
      hint: 'Await a nested transaction before the one around it is ended.',
      state: 'ended',
      attempted: 'end of a nested transaction',
    })
  }

  #mayEnter(scope: SavepointScope): boolean {
    const innermost = this.#open.at(-1)
    let around = scope.parent
    while (around !== undefined && (around.state !== 'open' || around.kind === 'participant'))
      around = around.parent
    return innermost === undefined || innermost === around || innermost.kind === 'handle'
  }

  /** The innermost scope of this stack that the running code is inside of. */
  current(): SavepointScope | undefined {
    let scope = currentScope.getStore()
    while (scope !== undefined && scope.stack !== this) scope = scope.context
    return scope
  }

  #wake(): void {
    for (const turn of this.#waiting.splice(0)) turn.resolve(undefined)
  }
}

function isOver({ state, kind }: SavepointScope): boolean {
  const runsInContext = kind === 'callback' || kind === 'participant'
  return state === 'ending' || state === 'cut off' || (state === 'ended' && runsInContext)
}
