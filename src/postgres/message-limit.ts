import { ProtocolError } from '../errors/operational-error.js'

/** Type and length come before the body; the length counts itself. */
const HEADER_BYTES = 5

/** libpq reads no longer message before it is logged in (fe-connect.c, MAX_ERRLEN). */
const MAX_BYTES_BEFORE_LOGIN = 30_000

/**
 * Follows the lengths that a server announces, and refuses one that would be buffered without end: by a false server
 * before the login (S16), by a value that no JavaScript string can hold afterwards (S15, E9).
 *
 * @internal
 */
export class MessageLimit {
  readonly #maxBytes: number
  readonly #header = Buffer.alloc(HEADER_BYTES)
  #headerBytes = 0
  #bodyBytes = 0
  #isLoggedIn = false

  /** @param maxBytes - The longest message after the login, in bytes. */
  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes
  }

  /** The server is ready for statements. */
  loggedIn(): void {
    this.#isLoggedIn = true
  }

  /**
   * Reads the lengths in a piece of the server's stream, before anything of it is buffered.
   *
   * @throws {@link ProtocolError} if a message is longer than is allowed, or its length can't be one.
   */
  check(chunk: Buffer): void {
    let offset = Math.min(this.#bodyBytes, chunk.length)
    this.#bodyBytes -= offset
    while (offset < chunk.length) {
      if (this.#headerBytes === 0 && chunk.length - offset >= HEADER_BYTES) {
        // The usual case, without a copy.
        this.#announce(chunk.readUInt32BE(offset + 1))
        offset += HEADER_BYTES
      } else {
        const copied = chunk.copy(
          this.#header,
          this.#headerBytes,
          offset,
          offset + HEADER_BYTES - this.#headerBytes,
        )
        this.#headerBytes += copied
        offset += copied
        if (this.#headerBytes < HEADER_BYTES) return
        this.#headerBytes = 0
        this.#announce(this.#header.readUInt32BE(1))
      }
      const present = Math.min(this.#bodyBytes, chunk.length - offset)
      this.#bodyBytes -= present
      offset += present
    }
  }

  #announce(length: number): void {
    const maxBytes = this.#isLoggedIn ? this.#maxBytes : MAX_BYTES_BEFORE_LOGIN
    if (length > maxBytes) {
      throw new ProtocolError({
        message: `The server announced a message of ${length} bytes; at most ${maxBytes} are read${this.#isLoggedIn ? '' : ' before the login'}`,
        hint: this.#isLoggedIn
          ? 'Select less of the value (substr), stream it in parts, or raise maxMessageBytes.'
          : 'Check that host and port lead to PostgreSQL, and what stands in between.',
      })
    }
    // Shorter than itself: the parser says what it thinks of that.
    this.#bodyBytes = Math.max(0, length - 4)
  }
}
