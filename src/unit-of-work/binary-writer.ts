const INITIAL_BYTES = 4 * 1024
/** Up to this length text is written character by character: calling out of JavaScript costs more than that. */
const SHORT_TEXT = 48

/**
 * Writes numbers and text as PostgreSQL's binary formats have them, one behind the other. No I/O.
 *
 * @internal
 */
export class BinaryWriter {
  #bytes = Buffer.allocUnsafe(INITIAL_BYTES)
  #at = 0

  /** What was written. The writer must not be used any more. */
  take(): Buffer {
    return this.#bytes.subarray(0, this.#at)
  }

  int8(value: number): void {
    this.#reserve(1)
    this.#bytes[this.#at++] = value
  }

  int16(value: number): void {
    this.#reserve(2)
    const bytes = this.#bytes
    bytes[this.#at++] = value >> 8
    bytes[this.#at++] = value
  }

  int32(value: number): void {
    this.#reserve(4)
    const bytes = this.#bytes
    bytes[this.#at++] = value >> 24
    bytes[this.#at++] = value >> 16
    bytes[this.#at++] = value >> 8
    bytes[this.#at++] = value
  }

  /** A whole number that a double holds exactly, in eight bytes. */
  safeInt64(value: number): void {
    const high = Math.floor(value / 0x1_0000_0000)
    this.int32(high)
    this.int32(value - high * 0x1_0000_0000)
  }

  bigInt64(value: bigint): void {
    this.#reserve(8)
    this.#at = this.#bytes.writeBigInt64BE(value, this.#at)
  }

  double(value: number): void {
    this.#reserve(8)
    this.#at = this.#bytes.writeDoubleBE(value, this.#at)
  }

  bytes(value: Uint8Array): void {
    this.#reserve(value.length)
    this.#bytes.set(value, this.#at)
    this.#at += value.length
  }

  /**
   * Text, behind its length in bytes.
   *
   * @returns Whether it could be written: PostgreSQL stores neither a NUL character nor half of a surrogate pair.
   */
  text(value: string): boolean {
    const { length } = value
    this.#reserve(4 + length * 3)
    const start = this.#at + 4
    if (length > SHORT_TEXT || !this.#ascii(value, start)) {
      if (value.includes('\u0000') || !value.isWellFormed()) return false
      const written = this.#bytes.write(value, start)
      this.int32(written)
      this.#at += written
      return true
    }
    this.int32(length)
    this.#at += length
    return true
  }

  #ascii(value: string, start: number): boolean {
    const bytes = this.#bytes
    for (let index = 0; index < value.length; index++) {
      const code = value.charCodeAt(index)
      if (code === 0 || code > 0x7f) return false
      bytes[start + index] = code
    }
    return true
  }

  #reserve(count: number): void {
    const needed = this.#at + count
    if (needed <= this.#bytes.length) return
    const grown = Buffer.allocUnsafe(Math.max(needed, this.#bytes.length * 2))
    this.#bytes.copy(grown, 0, 0, this.#at)
    this.#bytes = grown
  }
}
