import type { Engine } from '../engine/engine.js'
import { CommitUnknownError } from '../errors/transaction-error.js'
import { DisconnectedError } from '../errors/operational-error.js'
import { SessionStateError } from '../errors/usage-error.js'
import { Deadline, type DeadlineEnd } from '../foundation/deadline.js'
import { Participants } from './participants.js'
import { sessionAborted, stillTransactional } from './session-errors.js'
import type { SessionParts } from './session-parts.js'
import type { SessionPlan } from './session-plan.js'
import type { SessionState } from './session-state.js'
import { TransactionEnd } from './transaction-end.js'
import type { TransactionOutcome } from './transaction-hooks.js'
import type { TransactionOptions } from './transaction-options.js'
import { unflushedText } from './unflushed-text.js'

/**
 * How the transactions of a session begin and end, in the order of DESIGN §5.2: what is to be done before COMMIT, the
 * end itself, and what is to be done and told afterwards.
 *
 * @internal
 */
export class SessionLife {
  readonly parts: SessionParts
  /** What every transaction of the session begins with, unless begin() says otherwise. */
  readonly plan: SessionPlan
  #current: SessionPlan
  readonly #engine: Engine
  #participants: Participants | undefined
  #stopWatching: (() => void) | undefined
  #controller: AbortController | undefined
  #abortReason: unknown
  #isBegunExplicitly = false
  #hasCommitted = false
  #ends = 0

  constructor(engine: Engine, plan: SessionPlan, parts: SessionParts) {
    this.parts = parts
    this.plan = plan
    this.#current = plan
    this.#engine = engine
    const { deadline } = parts
    if (deadline !== Deadline.never) {
      this.#stopWatching = deadline.watch((end) => void this.abort(end, plan.options.signal?.reason))
    }
  }

  get state(): SessionState {
    return this.parts.conversation.state
  }

  get inTransaction(): boolean {
    if (this.plan.isAutocommit) return false
    const { state } = this
    return state === 'idle' ? this.#isBegunExplicitly : state !== 'closed'
  }

  /** Whether a transaction was committed, or may have been. */
  get hasCommitted(): boolean {
    return this.#hasCommitted
  }

  /** What the transaction that is open, or the next one, begins with. */
  get current(): SessionPlan {
    return this.#current
  }

  /** How many ends of transactions there were. */
  get ends(): number {
    return this.#ends
  }

  /** Aborted with the session; not when that is closed. */
  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController()
      if (this.#abortReason !== undefined) this.#controller.abort(this.#abortReason)
    }
    return this.#controller.signal
  }

  /** The work that takes part in the transaction by `transactional()`. */
  get participants(): Participants {
    if (this.#participants === undefined) {
      this.#participants = new Participants(this.parts.nested.stack)
      this.parts.nested.participants = this.#participants
    }
    return this.#participants
  }

  begin(options?: TransactionOptions): void {
    const { conversation } = this.parts
    conversation.verdict('begin')
    if (this.#isBegunExplicitly) {
      throw new SessionStateError({
        message: 'begin() was refused: a transaction has begun already',
        hint: 'End it with commit() or rollback(), or use beginNested() for a savepoint.',
        state: this.state,
        attempted: 'begin',
      })
    }
    this.#use(this.plan.forTransaction(options))
    this.#isBegunExplicitly = true
  }

  async commit(): Promise<void> {
    const { conversation, hooks, objects } = this.parts
    if (this.#participants !== undefined) {
      conversation.verdict('commit')
      if (this.#participants.areRunning) throw stillTransactional(this.state)
      const failure = this.#participants.failureIn()
      if (failure !== undefined) {
        // Whoever called the work that failed went on: nothing of the transaction may stay (R9).
        await this.rollback()
        throw failure
      }
    }
    // Not awaited for nothing: until the conversation has closed its gate a late statement would still be let in.
    if (!hooks.isEmpty || objects.areInUse) {
      // Without a transaction, hooks are for the next one.
      if (!this.inTransaction && !objects.areUnflushed) {
        await conversation.commit()
        return
      }
      await this.#prepareCommit()
    }
    const { transaction } = conversation
    const wasBegun = this.#isBegunExplicitly
    try {
      await conversation.commit()
    } catch (error) {
      // A refusal ends nothing.
      if (conversation.transaction !== transaction) {
        const outcome = outcomeOf(error)
        this.#hasCommitted ||= outcome !== 'rolled back'
        await this.#onEnd(outcome)
      }
      throw error
    }
    // A transaction without a statement has committed nothing.
    const hasSent = conversation.transaction !== transaction
    this.#hasCommitted ||= hasSent
    if (hasSent || wasBegun) await this.#onEnd('committed')
  }

  async rollback(): Promise<void> {
    await this.parts.conversation.rollback()
    await this.#onEnd('rolled back')
  }

  async reset(): Promise<void> {
    const { conversation, objects } = this.parts
    if (conversation.verdict('reset') === 'wait') await conversation.rollback()
    await this.rollback()
    objects.clear()
  }

  invalidate(cause: unknown): void {
    this.parts.conversation.invalidate(
      new DisconnectedError({
        message: 'The session was invalidated: its connection was given up, and the server rolls back',
        hint: 'Call rollback() to use the session again, on another connection.',
        cause,
      }),
    )
  }

  close(): Promise<void> {
    this.#stopWatching?.()
    const { conversation, objects, hooks } = this.parts
    if (this.state !== 'idle' || objects.areInUse || !hooks.isEmpty) return this.#close()
    conversation.shut(new TransactionEnd('closed'))
    return this.#onEnd('rolled back')
  }

  async #close(): Promise<void> {
    const { conversation, objects, id } = this.parts
    const unflushed = objects.areInUse && this.state !== 'closed' ? objects.unflushed : undefined
    // Without a transaction nothing is undone, so there is nothing to put back: the objects just leave.
    if (!this.inTransaction) objects.clear()
    const discarded = await conversation.close(new TransactionEnd('closed'))
    if (discarded > 0) {
      this.#engine.logger.warn(
        { sessionId: id, uncommittedStatements: discarded },
        `a session was closed with ${discarded} uncommitted statement${discarded === 1 ? '' : 's'}; call commit()`,
      )
    }
    const text = unflushed === undefined ? undefined : unflushedText(unflushed)
    if (text !== undefined) {
      this.#engine.logger.warn(
        { sessionId: id, ...unflushed },
        `a session was closed with ${text} that had not been written; call commit()`,
      )
    }
    await this.#onEnd('rolled back')
  }

  async abort(end: DeadlineEnd, reason: unknown): Promise<void> {
    this.#stopWatching?.()
    const { deadlineMillis } = this.plan.options
    const error = sessionAborted(end, this.state, deadlineMillis, reason)
    this.#abortReason ??= reason ?? error
    this.#controller?.abort(this.#abortReason)
    await this.parts.conversation.abort(error, new TransactionEnd('aborted'))
    await this.#onEnd('rolled back')
  }

  #use(plan: SessionPlan): void {
    this.#current = plan
    this.parts.conversation.use(plan)
  }

  /** Hooks and the flush may still change the outcome: what fails there rolls the transaction back. */
  async #prepareCommit(): Promise<void> {
    this.parts.conversation.verdict('commit')
    if (this.state === 'aborted') return
    try {
      await this.parts.hooks.runBeforeCommit()
      await this.parts.objects.flush()
    } catch (error) {
      await this.rollback()
      throw error
    }
  }

  #onEnd(outcome: TransactionOutcome): Promise<void> {
    this.#ends++
    this.parts.nested.stack.clear()
    this.#participants?.clear()
    if (this.#isBegunExplicitly && this.state === 'idle') {
      this.#isBegunExplicitly = false
      this.#use(this.plan)
    }
    this.parts.objects.onEnd(outcome)
    const { hooks } = this.parts
    return hooks.isEmpty ? DONE : hooks.runAfter(outcome)
  }
}

const DONE = Promise.resolve()

/** What a failed commit did, by what is known of it. */
function outcomeOf(error: unknown): TransactionOutcome {
  if (!CommitUnknownError.is(error)) return 'rolled back'
  return error.outcome === 'aborted' ? 'rolled back' : error.outcome
}
