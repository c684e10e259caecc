import type { DatabaseConnection, Driver, TransactionSettings } from 'kysely'
import { InternalError } from '../errors/database-error.js'
import { UsageError } from '../errors/usage-error.js'
import { quoteIdentifier } from '../foundation/quote-identifier.js'
import { statement } from '../postgres/statement.js'
import type { SessionConversation } from './session-conversation.js'
import type { NestedTransactions } from './nested-transactions.js'
import type { SavepointScope } from './savepoint-stack.js'

/** What a driver needs of its session. */
export interface DrivenSession {
  readonly parts: {
    readonly conversation: SessionConversation
    readonly nested: NestedTransactions
    connection(): DatabaseConnection
  }
  close(): Promise<void>
}

/**
 * What Kysely's own transactions do on a session: the session is the transaction, so they are savepoints in it.
 *
 * @internal
 */
export class SessionDriver implements Driver {
  readonly #session: DrivenSession
  /** Most sessions have none. */
  #scopes: WeakMap<DatabaseConnection, SavepointScope> | undefined

  constructor(session: DrivenSession) {
    this.#session = session
  }

  async init(): Promise<void> {
    // The session takes its connection at its first statement.
  }

  acquireConnection(): Promise<DatabaseConnection> {
    return Promise.resolve(this.#session.parts.connection())
  }

  async beginTransaction(connection: DatabaseConnection, settings: TransactionSettings): Promise<void> {
    const { isolationLevel, accessMode } = settings
    if (isolationLevel !== undefined || accessMode !== undefined) {
      throw new UsageError({
        message: `A transaction inside a session can't have settings of its own (${isolationLevel ?? accessMode ?? ''})`,
        hint: 'It is a savepoint of the session. Give isolationLevel and readOnly to session.begin() or database.begin().',
      })
    }
    const { conversation, nested } = this.#session.parts
    conversation.verdict('beginNested')
    const scope = nested.stack.preparedScope()
    this.#scopes ??= new WeakMap()
    this.#scopes.set(connection, scope)
    await nested.open(scope)
  }

  async commitTransaction(connection: DatabaseConnection): Promise<void> {
    await this.#session.parts.nested.release(this.#scopeOf(connection))
  }

  async rollbackTransaction(connection: DatabaseConnection): Promise<void> {
    // Kysely would throw what fails here in place of the error that led here.
    await this.#session.parts.nested.rollback(this.#scopeOf(connection))
  }

  async savepoint(_: DatabaseConnection, name: string): Promise<void> {
    await this.#session.parts.conversation.execute(statement(`savepoint ${quoteIdentifier(name)}`, []))
  }

  async rollbackToSavepoint(_: DatabaseConnection, name: string): Promise<void> {
    await this.#session.parts.conversation.rollbackToSavepoint(quoteIdentifier(name), true)
  }

  async releaseSavepoint(_: DatabaseConnection, name: string): Promise<void> {
    await this.#session.parts.conversation.execute(
      statement(`release savepoint ${quoteIdentifier(name)}`, []),
    )
  }

  async releaseConnection(): Promise<void> {
    // The session gives its connection back at the end of its transaction.
  }

  async destroy(): Promise<void> {
    await this.#session.close()
  }

  #scopeOf(connection: DatabaseConnection): SavepointScope {
    const scope = this.#scopes?.get(connection)
    if (scope === undefined)
      throw new InternalError({ message: 'a nested transaction ends that never began' })
    return scope
  }
}
