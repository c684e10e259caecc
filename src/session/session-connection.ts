import type { CompiledQuery, DatabaseConnection, QueryResult } from 'kysely'
import { ConfigurationError } from '../errors/usage-error.js'
import { statement } from '../postgres/statement.js'
import { compiledStatement } from './compiled-statement.js'
import { columnReadersOf } from './mapping/compiled-readers.js'
import { streamCutOff } from './session-errors.js'
import type { StatementRunner } from './statement-runner.js'

let lastCursor = 0

/**
 * A session as Kysely's builders see a connection: every statement goes through the session's own line.
 *
 * @internal
 */
export class SessionConnection implements DatabaseConnection {
  readonly #runner: StatementRunner

  constructor(runner: StatementRunner) {
    this.#runner = runner
  }

  async executeQuery<R>(query: CompiledQuery): Promise<QueryResult<R>> {
    return (await this.#runner.execute(compiledStatement(query))) as QueryResult<R>
  }

  /**
   * Reads through a server-side cursor inside the session's transaction, `chunkSize` rows a round trip. What writes and
   * returns rows can't have a cursor: its rows are fetched at once, and given out in chunks.
   */
  async *streamQuery<R>(query: CompiledQuery, chunkSize: number): AsyncGenerator<QueryResult<R>, void, void> {
    if (!Number.isInteger(chunkSize) || chunkSize < 1) {
      throw new ConfigurationError({
        message: `chunkSize is ${String(chunkSize)}`,
        hint: 'It must be a whole number from 1.',
      })
    }
    if (query.query.kind === 'SelectQueryNode' || query.query.kind === 'RawNode') {
      yield* this.#readCursor<R>(query, chunkSize)
      return
    }
    const { rows } = await this.executeQuery<R>(query)
    for (let start = 0; start < rows.length; start += chunkSize)
      yield { rows: rows.slice(start, start + chunkSize) }
  }

  async *#readCursor<R>(query: CompiledQuery, chunkSize: number): AsyncGenerator<QueryResult<R>, void, void> {
    const cursor = `cursor_${++lastCursor}`
    const declare = `declare ${cursor} no scroll cursor for ${query.sql}`
    await this.#runner.execute(statement(declare, query.parameters))
    const { transaction } = this.#runner
    try {
      for (;;) {
        if (this.#runner.transaction !== transaction) throw streamCutOff()
        const fetch = statement(`fetch forward ${chunkSize} from ${cursor}`, [], columnReadersOf(query))
        const chunk = (await this.#runner.execute(fetch)) as QueryResult<R>
        if (chunk.rows.length > 0) yield chunk
        if (chunk.rows.length < chunkSize) return
      }
    } finally {
      // After a failure, or an end, there is no cursor any more.
      const isOpen = this.#runner.state === 'active' && this.#runner.transaction === transaction
      if (isOpen) await this.#runner.execute(statement(`close ${cursor}`, []))
    }
  }
}
