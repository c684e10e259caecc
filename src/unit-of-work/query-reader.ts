import type { OperationNodeSource } from 'kysely'
import type { Statement } from '../postgres/statement.js'
import type { QuerySource } from './query-source.js'
import { readStatement } from './read-statement.js'
import { RelationLoader } from './relation-loader.js'
import type { ReadPlan, RelationLoad } from './relation-load.js'
import type { ObjectLoader } from './object-loader.js'
import type { SessionObjects } from './session-objects.js'
import type { StatementRunner } from './statement-runner.js'
import type { TrackedObject } from './tracked-object.js'

/** How a session reads results piece by piece. */
export interface CursorReader {
  /** Runs what belongs to each piece: repeated on purpose, so nobody counts it. */
  readonly runner: StatementRunner
  /** Reads a statement's rows as lists through a cursor, so many at a time. */
  readonly read: (statement: Statement, chunkSize: number) => AsyncIterable<unknown[][]>
}

/** What reading queries needs. */
export interface QueryReaderOptions {
  readonly runner: StatementRunner
  readonly cursor: CursorReader
  readonly source: QuerySource
  readonly objects: SessionObjects
  readonly loader: ObjectLoader
  /** Writes what was changed, where the session does that before it reads. */
  readonly autoflush: () => Promise<void>
}

/**
 * Runs queries for objects of one session.
 *
 * @internal
 */
export class QueryReader {
  readonly source: QuerySource
  readonly #options: QueryReaderOptions
  readonly #relations: RelationLoader
  readonly #pieces: RelationLoader

  constructor(options: QueryReaderOptions) {
    const { runner, cursor, loader, source, objects } = options
    const { identities } = objects
    this.source = source
    this.#options = options
    this.#relations = new RelationLoader({ runner, loader, source, identities })
    this.#pieces = new RelationLoader({ runner: cursor.runner, loader, source, identities })
  }

  /** The objects of a plan's rows. */
  async read(plan: ReadPlan, isFresh: boolean): Promise<readonly TrackedObject[]> {
    const { builder, parts } = readStatement(plan)
    const rows = await this.values(builder)
    return await this.#relations.take(rows, parts, isFresh)
  }

  /** The same, chunk after chunk. */
  async *stream(
    plan: ReadPlan,
    chunkSize: number,
    isFresh: boolean,
  ): AsyncGenerator<readonly TrackedObject[], void, void> {
    const { cursor, autoflush } = this.#options
    const { builder, parts } = readStatement(plan)
    await autoflush()
    for await (const rows of cursor.read(this.source.statement(builder), chunkSize))
      yield await this.#pieces.take(rows, parts, isFresh)
  }

  /** Loads relations of objects that the session has. */
  async load(states: readonly TrackedObject[], loads: readonly RelationLoad[]): Promise<void> {
    await this.#options.autoflush()
    await this.#relations.load(states, loads, false)
  }

  /** The rows of a query, each as the list of its values. */
  async values(query: OperationNodeSource): Promise<unknown[][]> {
    const { runner, autoflush } = this.#options
    await autoflush()
    const { rows } = await runner.execute(this.source.statement(query))
    return rows as unknown[][]
  }
}
