import type { CompiledQuery, DatabaseConnection, QueryResult } from 'kysely'
import { compiledStatement } from './compiled-statement.js'
import { readCursor } from './read-cursor.js'
import { assertChunkSize } from './server-cursor.js'
import type { StatementRunner } from './statement-runner.js'

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
    assertChunkSize(chunkSize)
    if (query.query.kind === 'SelectQueryNode' || query.query.kind === 'RawNode') {
      yield* readCursor<R>(this.#runner, compiledStatement(query), chunkSize)
      return
    }
    const { rows } = await this.executeQuery<R>(query)
    for (let start = 0; start < rows.length; start += chunkSize)
      yield { rows: rows.slice(start, start + chunkSize) }
  }
}
