import { DatabaseError } from '../errors/database-error.js'
import type { OperationAbortedError } from '../errors/operational-error.js'
import type { SessionConversation } from './session-conversation.js'
import type { StatementResult } from '../postgres/statement-result.js'
import type { Statement } from '../postgres/statement.js'
import type { Participants } from './participants.js'
import { lateForScope } from './session-errors.js'
import type { ScopeListener } from './scope-listener.js'
import type { SessionState } from './session-state.js'
import type { StatementRunner } from './statement-runner.js'
import { SavepointStack, type SavepointScope } from './savepoint-stack.js'
import type { StopManner } from './stop-flight.js'

/**
 * Transactions inside the session's transaction: each a savepoint with a name of its own that always ends, by
 * RELEASE or by ROLLBACK TO and RELEASE (R8).
 *
 * @internal
 */
export class NestedTransactions implements StatementRunner {
  readonly stack = new SavepointStack()
  readonly #conversation: SessionConversation
  readonly #listener: ScopeListener
  /** Set once there are any. */
  participants: Participants | undefined

  constructor(conversation: SessionConversation, listener: ScopeListener) {
    this.#conversation = conversation
    this.#listener = listener
  }

  get state(): SessionState {
    return this.#conversation.state
  }

  get transaction(): number {
    return this.#conversation.transaction
  }

  /** Runs a statement, unless the nested transaction that it was started in is over (R4). */
  execute(next: Statement): Promise<StatementResult> {
    const late = this.stack.lateScope()
    return late === undefined ? this.#conversation.execute(next) : Promise.reject(lateForScope(late))
  }

  stop(next: Statement, reason: OperationAbortedError, manner: StopManner): Promise<void> {
    return this.#conversation.stop(next, reason, manner)
  }

  /** Runs work inside a savepoint: released when it returns, rolled back when it throws. */
  async run<Result>(work: () => Promise<Result>): Promise<Result> {
    this.#conversation.verdict('beginNested')
    const scope = this.stack.scope('callback')
    await this.open(scope)
    try {
      const result = await SavepointStack.run(scope, work)
      await this.release(scope)
      return result
    } catch (error) {
      const failure = await this.rollback(scope)
      if (failure !== undefined && DatabaseError.is(error) && failure !== error)
        error.suppressed.push(failure)
      throw error
    }
  }

  /** Waits for siblings, then sends SAVEPOINT together with the scope's first statement. */
  async open(scope: SavepointScope): Promise<void> {
    await this.stack.enter(scope)
    try {
      this.#conversation.savepoint(scope.name)
    } catch (error) {
      // The transaction was lost while this one waited for its turn; whoever waits behind it must hear of that too.
      this.stack.leave(scope)
      throw error
    }
    this.#listener.onOpened(scope)
  }

  /** Keeps what the scope did. Throws its first failure if that was swallowed: nothing of it can be kept then. */
  async release(scope: SavepointScope): Promise<void> {
    this.stack.assertOpen(scope)
    const failure = this.participants?.failureIn(scope)
    if (failure !== undefined) throw failure
    await this.#listener.beforeRelease()
    this.stack.assertOpen(scope)
    scope.state = 'ending'
    await this.#conversation.releaseSavepoint(scope.name)
    this.#listener.onReleased(scope)
    this.stack.leave(scope)
  }

  /** Undoes the scope. Gives back, rather than throws, why that failed: the error that led here comes first (R7). */
  async rollback(scope: SavepointScope): Promise<DatabaseError | undefined> {
    try {
      if (scope.state !== 'open' && scope.state !== 'ending') return undefined
      scope.state = 'ending'
      await this.#conversation.rollbackToSavepoint(scope.name)
      return undefined
    } catch (error) {
      return error as DatabaseError
    } finally {
      this.participants?.drop(scope)
      this.#listener.onUndone(scope)
      this.stack.leave(scope)
    }
  }
}
