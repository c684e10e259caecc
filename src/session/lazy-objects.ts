import type { AnyTable } from '../metadata/table.js'
import type { BulkInsertOptions } from '../unit-of-work/bulk-insert-options.js'
import { BulkInsert } from '../unit-of-work/bulk-insert.js'
import type { Mapper } from '../unit-of-work/mapper.js'
import { ObjectEvents } from '../unit-of-work/object-events.js'
import type { SavepointMark } from '../unit-of-work/savepoint-mark.js'
import { UnitOfWork, type UnitOfWorkOptions } from '../unit-of-work/unit-of-work.js'
import { needsTransaction } from './propagation-errors.js'
import type { SavepointScope, SavepointStack } from './savepoint-stack.js'
import type { StatementRunner } from './statement-runner.js'
import type { TransactionOutcome } from './transaction-hooks.js'
import type { Unflushed } from './unflushed-text.js'

/** Whose objects they are, and how they are kept. */
export interface LazyObjectsOptions {
  /** Of the database; made when it is first asked for. */
  readonly mapper: () => Mapper
  /** Where their statements go. */
  readonly runner: StatementRunner
  /** The session's savepoints. */
  readonly stack: SavepointStack
  /** What hooks are called with. */
  readonly session: unknown
  /** What becomes of them at a statement and at the end of a transaction. */
  readonly plan: Pick<UnitOfWorkOptions, 'autoflush' | 'expireOnCommit'> & {
    /** Whether every statement is a transaction of its own. */
    readonly isAutocommit: boolean
  }
}

/**
 * The tracked objects of a session: made at the first use, so that sessions without any pay nothing for them.
 *
 * @internal
 */
export class LazyObjects {
  readonly #options: LazyObjectsOptions
  #events: ObjectEvents<unknown> | undefined
  #marks: Map<SavepointScope, SavepointMark> | undefined
  #unitOfWork: UnitOfWork | undefined

  constructor(options: LazyObjectsOptions) {
    this.#options = options
  }

  /** The unit of work; made now if there was none. */
  get unitOfWork(): UnitOfWork {
    if (this.#unitOfWork === undefined) {
      const { mapper, runner, stack, session, plan } = this.#options
      this.#unitOfWork = new UnitOfWork({
        ...plan,
        mapper: mapper(),
        runner,
        session,
        events: this.events,
      })
      for (const scope of stack.openScopes) this.onOpened(scope)
    }
    return this.#unitOfWork
  }

  /** Hooks of this session alone. */
  get events(): ObjectEvents<unknown> {
    return (this.#events ??= new ObjectEvents((table) => this.#options.mapper().mapping(table)))
  }

  /** Writes what was changed, where the session does that before it reads. */
  async autoflush(): Promise<void> {
    await this.#unitOfWork?.autoflush()
  }

  /** Prepares to insert rows that will be no objects. */
  bulkInsert(table: AnyTable, options: BulkInsertOptions): BulkInsert {
    return new BulkInsert(this.#options.mapper(), this.#options.runner, table, options)
  }

  /** Whether there is a unit of work. */
  get areInUse(): boolean {
    return this.#unitOfWork !== undefined
  }

  /** How many objects the next flush would write. */
  get unflushed(): Unflushed {
    return this.#unitOfWork?.unflushed ?? { added: 0, changed: 0, deleted: 0 }
  }

  /** Whether the next flush would write anything. */
  get areUnflushed(): boolean {
    const { added, changed, deleted } = this.unflushed
    return added + changed + deleted > 0
  }

  /** Takes all objects out of the session. */
  clear(): void {
    this.#unitOfWork?.expungeAll()
  }

  /** Writes what was added, changed and deleted; nothing if there are no objects. */
  async flush(): Promise<void> {
    // Half of it would be stored if the other half fails.
    if (this.#options.plan.isAutocommit && this.areUnflushed) throw needsTransaction('flush()')
    await this.#unitOfWork?.flush()
  }

  /** The session's transaction has ended. */
  onEnd(outcome: TransactionOutcome): void {
    this.#marks = undefined
    if (outcome === 'committed') this.#unitOfWork?.afterCommit()
    else this.#unitOfWork?.afterRollback()
  }

  onOpened(scope: SavepointScope): void {
    if (this.#unitOfWork === undefined) return
    this.#marks ??= new Map()
    this.#marks.set(scope, this.#unitOfWork.beginSavepoint())
  }

  onReleased(scope: SavepointScope): void {
    this.#marks?.get(scope)?.release()
    this.#marks?.delete(scope)
  }

  onUndone(scope: SavepointScope): void {
    this.#marks?.get(scope)?.rollback()
    this.#marks?.delete(scope)
  }
}
