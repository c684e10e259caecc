import { ConfigurationError } from '../errors/usage-error.js'
import { statement, type Statement } from '../postgres/statement.js'
import type { StatementResult } from '../postgres/statement-result.js'
import { streamCutOff } from './session-errors.js'
import type { StatementRunner } from './statement-runner.js'

let lastCursor = 0

/**
 * A cursor on the server, inside the transaction of a session: it gives the rows of a query some at a time.
 *
 * The next chunk is asked for when one is handed out, so that it is on its way while that one is worked on; there are
 * never more than these two. DECLARE leaves together with the first FETCH, and both with BEGIN if they are first.
 *
 * @internal
 */
export class ServerCursor<R> {
  readonly #runner: StatementRunner
  readonly #name = `cursor_${++lastCursor}`
  readonly #query: Statement
  readonly #chunkSize: number
  readonly #fetch: Statement
  #transaction = -1
  #next: Promise<StatementResult> | undefined
  #state: 'new' | 'open' | 'ended' = 'new'

  /**
   * @param chunkSize - Rows in a chunk.
   * @throws {@link ConfigurationError} if it is no whole number from 1.
   */
  constructor(runner: StatementRunner, query: Statement, chunkSize: number) {
    assertChunkSize(chunkSize)
    this.#runner = runner
    this.#query = query
    this.#chunkSize = chunkSize
    const text = `fetch forward ${chunkSize} from ${this.#name}`
    this.#fetch = { ...query, text, values: [] }
  }

  /** The next rows; none of them at the end. Not to be called again before it has settled. */
  async read(): Promise<R[]> {
    if (this.#state === 'new') await this.#open()
    if (this.#next === undefined) return []
    try {
      if (this.#runner.transaction !== this.#transaction) throw streamCutOff()
      const { rows } = await this.#next
      if (this.#runner.transaction !== this.#transaction) throw streamCutOff()
      this.#next = undefined
      if (rows.length === this.#chunkSize) this.#ask()
      else await this.close()
      return rows as R[]
    } catch (error) {
      this.#next = undefined
      await this.close()
      throw error
    }
  }

  /** Ends the cursor, unless its transaction has ended and the cursor with it. */
  async close(): Promise<void> {
    if (this.#state !== 'open') return
    this.#state = 'ended'
    this.#next = undefined
    const isThere = this.#runner.state === 'active' && this.#runner.transaction === this.#transaction
    if (isThere) await this.#runner.execute(statement(`close ${this.#name}`, []))
  }

  async #open(): Promise<void> {
    this.#state = 'open'
    const text = `declare ${this.#name} no scroll cursor for ${this.#query.text}`
    const declared = this.#runner.execute({ ...this.#query, text })
    this.#ask()
    try {
      await declared
    } catch (error) {
      this.#state = 'ended'
      this.#next = undefined
      throw error
    }
    this.#transaction = this.#runner.transaction
  }

  #ask(): void {
    this.#next = this.#runner.execute(this.#fetch)
    // Whoever reads on is told; who has stopped reading need not be.
    this.#next.catch(() => undefined)
  }
}

/** Throws {@link ConfigurationError} unless it is a whole number from 1. @internal */
export function assertChunkSize(chunkSize: number): void {
  if (Number.isInteger(chunkSize) && chunkSize >= 1) return
  throw new ConfigurationError({
    message: `chunkSize is ${String(chunkSize)}`,
    hint: 'It must be a whole number from 1.',
  })
}
