/** What has something to write; asked once, when its turn has come. */
export interface BatchedWriter {
  write(): void
}

/** Node's own, also where a test has replaced the global one later. */
const afterReading = setImmediate

/**
 * Hands what connections have to send to their sockets one after the other, once the event loop has read what has
 * come for all of them.
 *
 * A write to a socket is a call into the system that takes about as long as all that leads to it. On one machine it
 * wakes the server's process as well, which takes the processor and its caches from here. Done for each connection as
 * soon as it is ready, one's write stands between the answers to the others. Nobody gets an answer later for it, beyond
 * what the server takes: no answer could be read before the turn of the event loop is over. A connection that is alone
 * with its statement has nobody to wait for: what it sends leaves at once.
 *
 * @see libuv, Design overview, "The I/O loop": check handles, which are setImmediate's, run after sockets were polled
 * @internal
 */
export class WriteBatch {
  #writers: BatchedWriter[] = []
  #underWay = 0

  /** A writer whose answer is to be expected from now on, until {@link answered}. */
  add(writer: BatchedWriter): void {
    this.#underWay++
    if (this.#underWay === 1) writer.write()
    else if (this.#writers.push(writer) === 1) afterReading(this.#flush)
  }

  /** Nothing more is expected for one of the writers. */
  answered(): void {
    this.#underWay--
  }

  readonly #flush = (): void => {
    const writers = this.#writers
    this.#writers = []
    for (const writer of writers) writer.write()
  }
}
