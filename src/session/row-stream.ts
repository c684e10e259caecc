import type { ServerCursor } from './server-cursor.js'

/**
 * Rows one after the other, out of a cursor. Read once, with `for await`.
 *
 * @internal
 */
export class RowStream<R> implements AsyncIterableIterator<R, void, void> {
  readonly #cursor: ServerCursor<R>
  #chunk: readonly R[] = []
  #at = 0
  #isDone = false

  constructor(cursor: ServerCursor<R>) {
    this.#cursor = cursor
  }

  next(): Promise<IteratorResult<R, void>> {
    // No async function: most rows are at hand, and a row should cost no more than its promise.
    if (this.#at < this.#chunk.length) {
      return Promise.resolve({ value: this.#chunk[this.#at++] as R, done: false })
    }
    return this.#isDone ? Promise.resolve(END) : this.#read()
  }

  async return(): Promise<IteratorResult<R, void>> {
    this.#finish()
    await this.#cursor.close()
    return END
  }

  async throw(error: unknown): Promise<IteratorResult<R, void>> {
    await this.return()
    throw error
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  async #read(): Promise<IteratorResult<R, void>> {
    try {
      this.#chunk = await this.#cursor.read()
    } catch (error) {
      this.#finish()
      throw error
    }
    this.#at = 0
    if (this.#chunk.length > 0) return await this.next()
    this.#finish()
    return END
  }

  #finish(): void {
    this.#chunk = []
    this.#at = 0
    this.#isDone = true
  }
}

const END: IteratorReturnResult<undefined> = Object.freeze({ value: undefined, done: true })
