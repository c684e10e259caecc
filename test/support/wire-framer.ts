import { StatementNames } from './statement-names.js'
import {
  describeEncryptionAnswer,
  describeMessage,
  describeStartup,
  type Direction,
  type WireMessage,
} from './wire-message.js'

/** A piece of a byte stream that is passed on, or not, as a whole. */
export interface WireUnit {
  readonly bytes: Buffer
  /** Missing where the bytes are not PostgreSQL's protocol in clear text. */
  readonly message?: WireMessage
}

/** The first byte of a typed message, then its length in four, which counts itself but not the type. */
const HEADER_BYTES = 5
const LENGTH_BYTES = 4

/** Bytes of one direction that don't make a whole message yet. */
class Remainder {
  readonly #chunks: Buffer[] = []
  #length = 0
  /** Below this many bytes there is no use in looking again; without it a large value would be joined per chunk. */
  #needed = 1

  add(chunk: Buffer): Buffer | undefined {
    this.#chunks.push(chunk)
    this.#length += chunk.length
    return this.#length < this.#needed ? undefined : this.take()
  }

  take(): Buffer {
    const joined =
      this.#chunks.length === 1 && this.#chunks[0] ? this.#chunks[0] : Buffer.concat(this.#chunks)
    this.#chunks.length = 0
    this.#length = 0
    this.#needed = 1
    return joined
  }

  keep(bytes: Buffer, needed: number): void {
    if (bytes.length > 0) this.#chunks.push(bytes)
    this.#length = bytes.length
    this.#needed = needed
  }
}

/**
 * Cuts the two byte streams of one connection into messages, whatever the TCP segments were.
 *
 * A chunk that is not the protocol (or is encrypted from there on) passes through as it came.
 */
export class WireFramer {
  readonly #remainders = { toServer: new Remainder(), toClient: new Remainder() }
  readonly #statements = new StatementNames()
  #isStarting = true
  #isRaw: boolean
  #expectedAnswers = 0

  /** @param isRaw - For a stream that is not PostgreSQL's: every chunk is a unit. */
  constructor(isRaw = false) {
    this.#isRaw = isRaw
  }

  /** Takes the next bytes of a direction; returns the units that are complete with them. */
  push(direction: Direction, chunk: Buffer): WireUnit[] {
    const remainder = this.#remainders[direction]
    let bytes = remainder.add(chunk)
    if (this.#isRaw) return [{ bytes: bytes ?? remainder.take() }]
    if (bytes === undefined) return []
    const units: WireUnit[] = []
    for (;;) {
      const length = this.#nextLength(direction, bytes)
      if (this.#isRaw) {
        if (bytes.length > 0) units.push({ bytes })
        return units
      }
      if (length === undefined || bytes.length < length) {
        remainder.keep(bytes, length ?? HEADER_BYTES)
        return units
      }
      units.push(this.#unit(direction, bytes.subarray(0, length)))
      bytes = bytes.subarray(length)
    }
  }

  /** The bytes of an unfinished message, at the end of a direction's stream. */
  flush(direction: Direction): Buffer {
    return this.#remainders[direction].take()
  }

  #nextLength(direction: Direction, bytes: Buffer): number | undefined {
    if (direction === 'toClient' && this.#expectedAnswers > 0) return 1
    const typeBytes = direction === 'toServer' && this.#isStarting ? 0 : 1
    if (bytes.length < typeBytes + LENGTH_BYTES) return undefined
    const length = bytes.readInt32BE(typeBytes)
    if (length < LENGTH_BYTES || (typeBytes === 0 && length < 8)) {
      this.#isRaw = true
      return undefined
    }
    return typeBytes + length
  }

  #unit(direction: Direction, bytes: Buffer): WireUnit {
    if (direction === 'toClient') {
      if (this.#expectedAnswers === 0) return { bytes, message: describeMessage(direction, bytes) }
      this.#expectedAnswers--
      const message = describeEncryptionAnswer(bytes)
      // Anything but "no" is followed by a handshake whose bytes are not messages.
      if (message.type !== 'N') this.#isRaw = true
      return { bytes, message }
    }
    if (!this.#isStarting)
      return { bytes, message: this.#statements.resolve(describeMessage(direction, bytes)) }
    const message = describeStartup(bytes)
    if (message.name === 'StartupMessage') this.#isStarting = false
    else if (message.name !== 'CancelRequest') this.#expectedAnswers++
    return { bytes, message }
  }
}
