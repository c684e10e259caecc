import type { AnyTable } from '../metadata/table.js'
import type { BulkInsertOptions } from '../unit-of-work/bulk-insert-options.js'
import { BulkInsert } from '../unit-of-work/bulk-insert.js'
import type { Mapper } from '../unit-of-work/mapper.js'
import { UnitOfWork, type SavepointMark } from '../unit-of-work/unit-of-work.js'
import { needsTransaction } from './propagation-errors.js'
import type { SavepointScope, SavepointStack } from './savepoint-stack.js'
import type { ScopeListener } from './scope-listener.js'
import type { StatementRunner } from './statement-runner.js'
import type { TransactionOutcome } from './transaction-hooks.js'
import type { Unflushed } from './unflushed-text.js'

/**
 * The tracked objects of a session: made at the first use, so that sessions without any pay nothing for them.
 *
 * @internal
 */
export class LazyObjects implements ScopeListener {
  readonly #mapper: () => Mapper
  readonly #runner: StatementRunner
  readonly #stack: SavepointStack
  readonly #isAutocommit: boolean
  readonly #marks = new Map<SavepointScope, SavepointMark>()
  #unitOfWork: UnitOfWork | undefined

  constructor(mapper: () => Mapper, runner: StatementRunner, stack: SavepointStack, isAutocommit: boolean) {
    this.#isAutocommit = isAutocommit
    this.#mapper = mapper
    this.#runner = runner
    this.#stack = stack
  }

  /** The unit of work; made now if there was none. */
  get unitOfWork(): UnitOfWork {
    if (this.#unitOfWork === undefined) {
      this.#unitOfWork = new UnitOfWork({ mapper: this.#mapper(), runner: this.#runner })
      for (const scope of this.#stack.openScopes) this.onOpened(scope)
    }
    return this.#unitOfWork
  }

  /** Prepares to insert rows that will be no objects. */
  bulkInsert(table: AnyTable, options: BulkInsertOptions): BulkInsert {
    return new BulkInsert(this.#mapper(), this.#runner, table, options)
  }

  /** Whether there is a unit of work. */
  get areInUse(): boolean {
    return this.#unitOfWork !== undefined
  }

  /** How many objects the next flush would write. */
  get unflushed(): Unflushed {
    const objects = this.#unitOfWork
    if (objects === undefined) return { added: 0, changed: 0, deleted: 0 }
    return { added: objects.new.length, changed: objects.dirty.length, deleted: objects.deleted.length }
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
    if (this.#isAutocommit && this.areUnflushed) throw needsTransaction('flush()')
    await this.#unitOfWork?.flush()
  }

  /** The session's transaction has ended. */
  onEnd(outcome: TransactionOutcome): void {
    this.#marks.clear()
    if (outcome === 'committed') this.#unitOfWork?.afterCommit()
    else this.#unitOfWork?.afterRollback()
  }

  onOpened(scope: SavepointScope): void {
    if (this.#unitOfWork !== undefined) this.#marks.set(scope, this.#unitOfWork.beginSavepoint())
  }

  async beforeRelease(): Promise<void> {
    await this.flush()
  }

  onReleased(scope: SavepointScope): void {
    this.#marks.get(scope)?.release()
    this.#marks.delete(scope)
  }

  onUndone(scope: SavepointScope): void {
    this.#marks.get(scope)?.rollback()
    this.#marks.delete(scope)
  }
}
