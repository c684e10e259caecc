import { Kysely } from 'kysely'
import { needsTransaction } from './propagation-errors.js'
import type { SessionParts } from './session-parts.js'
import type { SessionShell } from './session-shell.js'
import type { SessionState } from './session-state.js'
import type { CompletionHook, TransactionHook, TransactionHooks } from './transaction-hooks.js'

/**
 * The part of a session that others may attach themselves to: its name, what it carries along, and what is to be done
 * at the end of its transactions.
 */
export abstract class HookedSession<DB> extends Kysely<DB> {
  /** @internal */
  protected readonly shell: SessionShell
  #info: Map<unknown, unknown> | undefined
  #isExternal = false

  /** @internal */
  constructor(shell: SessionShell) {
    super(shell.kysely)
    this.shell = shell
    shell.open(this)
  }

  /** Names the session in log lines and events; unique in this process. */
  get id(): string {
    return this.shell.id
  }

  /** Whatever the application wants to keep with the session, such as the request's user. */
  get info(): Map<unknown, unknown> {
    return (this.#info ??= new Map())
  }

  /** Where the session stands. */
  get state(): SessionState {
    return this.shell.state
  }

  /** Where it was closed, outside production. @internal */
  get whereClosed(): string | undefined {
    return this.parts.conversation.whereClosed
  }

  /**
   * Says that the work of this session does something outside the database that must not happen twice, such as a
   * payment. A `begin()` with `retry` then does not run it again. No I/O.
   */
  external(): void {
    this.#isExternal = true
  }

  /** Whether `external()` was called. */
  get isExternal(): boolean {
    return this.#isExternal
  }

  /**
   * Registers work to be done just before COMMIT, inside the transaction. No I/O by itself.
   *
   * It may run statements on this session. If it fails, the transaction is rolled back and `commit()` throws what it
   * threw. Like the other hooks it is registered for one transaction, and dropped if the nested transaction that it
   * was registered in is undone.
   *
   * @param hook - Awaited, in the order of registration.
   * @throws {@link SessionClosedError} if the session was closed.
   */
  beforeCommit(hook: TransactionHook): void {
    this.#addHook('beforeCommit', hook)
  }

  /**
   * Registers work to be done once COMMIT was confirmed, such as sending a mail. No I/O by itself.
   *
   * It runs outside any transaction, after the connection was given back and before `commit()` resolves. What it
   * throws is logged: it can't undo the commit.
   *
   * @param hook - Awaited, in the order of registration.
   * @throws {@link SessionClosedError} if the session was closed.
   * @example
   * ```ts run
   * await using session = database.session()
   * await session.insertInto('person').values({ name: 'Ada' }).execute()
   * session.afterCommit(() => console.log('Ada is in'))
   * await session.commit()
   * ```
   */
  afterCommit(hook: TransactionHook): void {
    this.#addHook('afterCommit', hook)
  }

  /**
   * Registers work to be done once the transaction was rolled back. No I/O by itself; see {@link Session.afterCommit}.
   *
   * @param hook - Awaited, in the order of registration.
   * @throws {@link SessionClosedError} if the session was closed.
   */
  afterRollback(hook: TransactionHook): void {
    this.#addHook('afterRollback', hook)
  }

  /**
   * Registers work to be done however the transaction ends, after the other hooks. No I/O by itself.
   *
   * @param hook - Told the outcome; awaited, in the order of registration.
   * @throws {@link SessionClosedError} if the session was closed.
   */
  afterCompletion(hook: CompletionHook): void {
    this.#addHook('afterCompletion', hook)
  }

  /** @internal */
  protected get parts(): SessionParts {
    return this.shell.parts
  }

  #addHook(when: Parameters<TransactionHooks['add']>[0], hook: CompletionHook): void {
    const { conversation, isAutocommit } = this.parts
    if (this.state === 'closed') conversation.verdict('statement')
    if (isAutocommit) throw needsTransaction(`${when}()`)
    this.parts.hooks.add(when, hook, this.parts.nested.stack.current())
  }
}
