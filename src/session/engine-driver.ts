import type { Driver, TransactionSettings } from 'kysely'
import { ConfigurationError } from '../errors/usage-error.js'
import type { Engine } from '../engine/engine.js'
import { quoteIdentifier } from '../foundation/quote-identifier.js'
import { statement } from '../postgres/statement.js'
import { EngineConnection } from './engine-connection.js'

/**
 * Kysely's driver for work outside sessions: `database.kysely`.
 *
 * @internal
 */
export class EngineDriver implements Driver {
  readonly #engine: Engine

  constructor(engine: Engine) {
    this.#engine = engine
  }

  async init(): Promise<void> {
    // Connections are opened when they are needed.
  }

  async acquireConnection(options?: { readonly signal?: AbortSignal }): Promise<EngineConnection> {
    try {
      return new EngineConnection(await this.#engine.acquire(undefined, options?.signal), this.#engine)
    } catch (error) {
      // What Kysely's own drivers throw, and what its callers compare with.
      options?.signal?.throwIfAborted()
      throw error
    }
  }

  async beginTransaction(connection: EngineConnection, settings: TransactionSettings): Promise<void> {
    const { isolationLevel, accessMode } = settings
    if (isolationLevel === 'snapshot') {
      throw new ConfigurationError({
        message: 'PostgreSQL has no isolation level snapshot',
        hint: "Its 'repeatable read' is snapshot isolation.",
      })
    }
    connection.begin({
      isolationLevel,
      readOnly: accessMode === undefined ? undefined : accessMode === 'read only',
    })
  }

  async commitTransaction(connection: EngineConnection): Promise<void> {
    await connection.commit()
  }

  async rollbackTransaction(connection: EngineConnection): Promise<void> {
    await connection.rollback()
  }

  async savepoint(connection: EngineConnection, name: string): Promise<void> {
    await connection.transaction.execute(statement(`savepoint ${quoteIdentifier(name)}`, []))
  }

  async rollbackToSavepoint(connection: EngineConnection, name: string): Promise<void> {
    await connection.transaction.rollbackToSavepoint(quoteIdentifier(name), true)
  }

  async releaseSavepoint(connection: EngineConnection, name: string): Promise<void> {
    await connection.transaction.execute(statement(`release savepoint ${quoteIdentifier(name)}`, []))
  }

  async releaseConnection(connection: EngineConnection): Promise<void> {
    await connection.rollback()
    connection.lease.release()
  }

  async destroy(): Promise<void> {
    await this.#engine.dispose()
  }
}
