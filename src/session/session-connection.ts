import type { CompiledQuery, DatabaseConnection, QueryResult } from 'kysely'
import type { Statement } from '../postgres/statement.js'
import { compiledStatement } from './compiled-statement.js'
import { readCursor } from './read-cursor.js'
import { assertChunkSize } from './server-cursor.js'
import { queryAborted } from './session-errors.js'
import type { StatementRunner } from './statement-runner.js'
import type { StopManner } from './stop-flight.js'

/**
 * A session as Kysely's builders see a connection: every statement goes through the session's own line.
 *
 * @internal
 */
export class SessionConnection implements DatabaseConnection {
  readonly #runner: StatementRunner
  /** What was asked for last, until it is answered. */
  #running: Statement | undefined

  constructor(runner: StatementRunner) {
    this.#runner = runner
  }

  async executeQuery<R>(query: CompiledQuery): Promise<QueryResult<R>> {
    const next = compiledStatement(query)
    this.#running = next
    try {
      return (await this.#runner.execute(next)) as QueryResult<R>
    } finally {
      if (this.#running === next) this.#running = undefined
    }
  }

  /** Kysely's abort strategy 'cancel query', since 0.29. Sends a CancelRequest if the statement has left. */
  async cancelQuery(): Promise<void> {
    await this.#stop('cancel')
  }

  /** Kysely's abort strategy 'kill session': the session has lost its connection then, if the statement had left. */
  async killSession(): Promise<void> {
    await this.#stop('kill')
  }

  async #stop(manner: StopManner): Promise<void> {
    if (this.#running !== undefined) await this.#runner.stop(this.#running, queryAborted(manner), manner)
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
