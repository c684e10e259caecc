import { ProtocolError } from '../errors/operational-error.js'

/** Type and length come before the body; the length counts itself, and not the type. */
const HEADER_BYTES = 5
const LENGTH_BYTES = 4
const DATA_ROW = 0x44

/** libpq reads no longer message before it is logged in (fe-connect.c, MAX_ERRLEN). */
const MAX_BYTES_BEFORE_LOGIN = 30_000

/** Takes the body of one DataRow: the bytes from `start` up to `end`, which are good for the time of the call only. */
export type RowListener = (bytes: Buffer, start: number, end: number) => void

/** Takes whole and broken messages, as they came. */
export type BytesListener = (bytes: Buffer) => void

/**
 * Follows the lengths of the messages in a server's stream, however the network cuts them.
 *
 * The body of each DataRow goes to whoever reads rows, without a string or an object in between: an answer of many
 * rows is nearly all DataRows, and most of what they cost is that. All other messages go on to `pg`, in their order.
 *
 * A message that would be buffered without end is refused: from a false server before the login (S16), or of a value
 * that no JavaScript string can hold (S15, E9).
 *
 * @see PostgreSQL manual, Message Overview: each message has a byte for its type and an Int32 for its length
 * @internal
 */
export class MessageSplitter {
  /** While there is none, rows go to `pg` as everything else does. */
  onRow: RowListener | undefined
  readonly #maxBytes: number
  readonly #onOther: BytesListener
  readonly #header = Buffer.alloc(HEADER_BYTES)
  /** How much of a header the last piece ended in. */
  #headerBytes = 0
  /** How much is still to come of a message that goes on to `pg`. */
  #bodyBytes = 0
  /** The body of a row that is coming in more than one piece, and how much of it has come. */
  #row: Buffer | undefined
  #rowBytes = 0
  #isLoggedIn = false

  /**
   * @param maxBytes - The longest message after the login, in bytes.
   * @param onOther - Takes all that is not a row.
   */
  constructor(maxBytes: number, onOther: BytesListener) {
    this.#maxBytes = maxBytes
    this.#onOther = onOther
  }

  /** The server is ready for statements. */
  loggedIn(): void {
    this.#isLoggedIn = true
  }

  /**
   * Reads a piece of the server's stream. What listeners throw is thrown on.
   *
   * @throws {@link ProtocolError} if a message is longer than is allowed, or its length can't be one.
   */
  read(piece: Buffer): void {
    let offset = this.#resume(piece)
    let passed = offset
    while (piece.length - offset >= HEADER_BYTES) {
      const bodyBytes = this.#bodyBytesOf(piece, offset)
      const body = offset + HEADER_BYTES
      const end = body + bodyBytes
      if (piece[offset] === DATA_ROW && this.onRow !== undefined) {
        this.#pass(piece, passed, offset)
        if (end > piece.length) {
          this.#beginRow(bodyBytes)
          this.#continueRow(piece, body)
          return
        }
        this.onRow(piece, body, end)
        passed = end
      } else if (end > piece.length) {
        this.#bodyBytes = end - piece.length
        this.#pass(piece, passed, piece.length)
        return
      }
      offset = end
    }
    this.#pass(piece, passed, offset)
    if (offset < piece.length) this.#headerBytes = piece.copy(this.#header, 0, offset)
  }

  /** Goes on with the message that the last piece ended in. Says where in this one the next message begins. */
  #resume(piece: Buffer): number {
    if (this.#row !== undefined) return this.#continueRow(piece, 0)
    if (this.#headerBytes === 0) return this.#continueOther(piece, 0)
    const copied = piece.copy(this.#header, this.#headerBytes)
    this.#headerBytes += copied
    if (this.#headerBytes < HEADER_BYTES) return copied
    this.#headerBytes = 0
    const bodyBytes = this.#bodyBytesOf(this.#header, 0)
    if (this.#header[0] === DATA_ROW && this.onRow !== undefined) {
      this.#beginRow(bodyBytes)
      return this.#continueRow(piece, copied)
    }
    // A copy: `pg` keeps what it can't read yet.
    this.#onOther(Buffer.from(this.#header))
    this.#bodyBytes = bodyBytes
    return this.#continueOther(piece, copied)
  }

  #continueOther(piece: Buffer, start: number): number {
    const end = Math.min(start + this.#bodyBytes, piece.length)
    this.#bodyBytes -= end - start
    this.#pass(piece, start, end)
    return end
  }

  #beginRow(bodyBytes: number): void {
    this.#row = Buffer.allocUnsafe(bodyBytes)
    this.#rowBytes = 0
  }

  #continueRow(piece: Buffer, start: number): number {
    const row = this.#row as Buffer
    const copied = piece.copy(row, this.#rowBytes, start)
    this.#rowBytes += copied
    if (this.#rowBytes === row.length) {
      this.#row = undefined
      this.onRow?.(row, 0, row.length)
    }
    return start + copied
  }

  #pass(piece: Buffer, start: number, end: number): void {
    if (start === end) return
    this.#onOther(start === 0 && end === piece.length ? piece : piece.subarray(start, end))
  }

  /** How long the body is that a header announces. */
  #bodyBytesOf(bytes: Buffer, header: number): number {
    const length = bytes.readUInt32BE(header + 1)
    if (length < LENGTH_BYTES) {
      throw new ProtocolError({
        message: `The server announced a message of ${length} bytes, which is less than its length takes`,
        hint: FOREIGN,
      })
    }
    const maxBytes = this.#isLoggedIn ? this.#maxBytes : MAX_BYTES_BEFORE_LOGIN
    if (length > maxBytes) {
      throw new ProtocolError({
        message: `The server announced a message of ${length} bytes; at most ${maxBytes} are read${this.#isLoggedIn ? '' : ' before the login'}`,
        hint: this.#isLoggedIn
          ? 'Select less of the value (substr), stream it in parts, or raise maxMessageBytes.'
          : FOREIGN,
      })
    }
    return length - LENGTH_BYTES
  }
}

const FOREIGN = 'Check that host and port lead to PostgreSQL, and what stands in between.'
