import type { WireValue } from './wire-value.js'

const INITIAL_BYTES = 16 * 1024
/** Above this length the exact number of bytes is computed rather than reserving three a character. */
const EXACT_LENGTH_FROM = 4 * 1024
const CODE = {
  bind: 0x42,
  close: 0x43,
  copyData: 0x64,
  copyDone: 0x63,
  describe: 0x44,
  execute: 0x45,
  parse: 0x50,
  sync: 0x53,
}

/**
 * Writes frontend messages one behind the other into one buffer.
 *
 * `pg` writes every message by itself; nine tenths of the client's time in a small transaction is then spent
 * in the socket's write calls. Here a whole group leaves in one. No I/O.
 *
 * @see PostgreSQL manual, Frontend/Backend Protocol, Message Formats
 * @internal
 */
export class MessageWriter {
  #buffer = Buffer.allocUnsafe(INITIAL_BYTES)
  #offset = 0

  /** Forgets what was written since the last {@link take}. */
  reset(): void {
    this.#offset = 0
  }

  parse(name: string, text: string): void {
    const start = this.#begin(CODE.parse)
    this.#string(name)
    this.#string(text)
    // No parameter types: the server infers them, as it does for pg.
    this.#int16(0)
    this.#end(start)
  }

  bind(statement: string, values: readonly WireValue[]): void {
    const start = this.#begin(CODE.bind)
    this.#string('')
    this.#string(statement)
    if (values.some((value) => typeof value === 'object' && value !== null)) {
      this.#int16(values.length)
      for (const value of values) this.#int16(Buffer.isBuffer(value) ? 1 : 0)
    } else {
      this.#int16(0)
    }
    this.#int16(values.length)
    for (const value of values) this.#value(value)
    // No result format codes: all columns as text.
    this.#int16(0)
    this.#end(start)
  }

  describePortal(): void {
    const start = this.#begin(CODE.describe)
    this.#ensure(2)
    this.#buffer[this.#offset++] = 0x50
    this.#buffer[this.#offset++] = 0
    this.#end(start)
  }

  execute(): void {
    const start = this.#begin(CODE.execute)
    this.#string('')
    this.#int32(0)
    this.#end(start)
  }

  /** All that a COPY FROM STDIN reads, and its end. */
  copyData(data: Buffer | string): void {
    const start = this.#begin(CODE.copyData)
    this.#data(data)
    this.#end(start)
    this.#end(this.#begin(CODE.copyDone))
  }

  closeStatement(name: string): void {
    const start = this.#begin(CODE.close)
    this.#ensure(1)
    this.#buffer[this.#offset++] = 0x53
    this.#string(name)
    this.#end(start)
  }

  sync(): void {
    this.#end(this.#begin(CODE.sync))
  }

  /** Gives what was written as bytes of their own, and starts anew. */
  take(): Buffer {
    // A copy: the socket may keep the bytes for later when the kernel's buffer is full.
    const bytes = Buffer.from(this.#buffer.subarray(0, this.#offset))
    this.#offset = 0
    if (this.#buffer.length > 16 * INITIAL_BYTES) this.#buffer = Buffer.allocUnsafe(INITIAL_BYTES)
    return bytes
  }

  #begin(code: number): number {
    this.#ensure(5)
    this.#buffer[this.#offset] = code
    this.#offset += 5
    return this.#offset - 4
  }

  #end(start: number): void {
    this.#buffer.writeInt32BE(this.#offset - start, start)
  }

  #int16(value: number): void {
    this.#ensure(2)
    this.#offset = this.#buffer.writeUInt16BE(value, this.#offset)
  }

  #int32(value: number): void {
    this.#ensure(4)
    this.#offset = this.#buffer.writeInt32BE(value, this.#offset)
  }

  #string(text: string): void {
    this.#text(text)
    this.#ensure(1)
    this.#buffer[this.#offset++] = 0
  }

  #value(value: WireValue): void {
    if (value === null) {
      this.#int32(-1)
      return
    }
    this.#ensure(4)
    const lengthAt = this.#offset
    this.#offset += 4
    this.#data(value)
    this.#buffer.writeInt32BE(this.#offset - lengthAt - 4, lengthAt)
  }

  #data(data: Buffer | string): void {
    if (typeof data === 'string') {
      this.#text(data)
      return
    }
    this.#ensure(data.length)
    this.#offset += data.copy(this.#buffer, this.#offset)
  }

  #text(text: string): void {
    this.#ensure(text.length < EXACT_LENGTH_FROM ? text.length * 3 : Buffer.byteLength(text))
    this.#offset += this.#buffer.write(text, this.#offset)
  }

  #ensure(bytes: number): void {
    const needed = this.#offset + bytes
    if (needed <= this.#buffer.length) return
    const grown = Buffer.allocUnsafe(Math.max(needed, this.#buffer.length * 2))
    this.#buffer.copy(grown, 0, 0, this.#offset)
    this.#buffer = grown
  }
}
