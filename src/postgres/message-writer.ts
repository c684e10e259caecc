import type { WireValue } from './wire-value.js'

/** Room for many small groups: each gets a part of its own, which is never written again. */
const SLAB_BYTES = 16 * 1024
/** Above this length the exact number of bytes is computed rather than reserving three a character. */
const EXACT_LENGTH_FROM = 4 * 1024
/** Up to this length a loop over the characters is faster than the call into Node's C++ that writes them. */
const SHORT_LENGTH = 24
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
  #buffer = Buffer.allocUnsafeSlow(SLAB_BYTES)
  /** Where the group begins that is being written. */
  #start = 0
  #offset = 0

  /** Forgets what was written since the last {@link take}. */
  reset(): void {
    this.#offset = this.#start
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
    const count = values.length
    if (values.some((value) => typeof value === 'object' && value !== null)) {
      this.#int16(count)
      for (const value of values) this.#int16(Buffer.isBuffer(value) ? 1 : 0)
    } else {
      this.#int16(0)
    }
    this.#int16(count)
    for (let index = 0; index < count; index++) this.#value(values[index] as WireValue)
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

  /** Gives what was written, as bytes that stay as they are: the socket may keep them for later. Starts anew. */
  take(): Buffer {
    const bytes = this.#buffer.subarray(this.#start, this.#offset)
    this.#start = this.#offset
    // A bulk statement's is not kept for the small ones.
    if (this.#buffer.length > 16 * SLAB_BYTES) this.#renew(SLAB_BYTES, 0)
    return bytes
  }

  /** In the group: the group itself may move to another slab. */
  get #position(): number {
    return this.#offset - this.#start
  }

  #begin(code: number): number {
    this.#ensure(5)
    this.#buffer[this.#offset] = code
    this.#offset += 5
    return this.#position - 4
  }

  #end(start: number): void {
    this.#int32At(start, this.#position - start)
  }

  #int16(value: number): void {
    this.#ensure(2)
    this.#buffer[this.#offset++] = value >>> 8
    this.#buffer[this.#offset++] = value
  }

  #int32(value: number): void {
    this.#ensure(4)
    this.#offset += 4
    this.#int32At(this.#position - 4, value)
  }

  /** Byte by byte: Buffer's own methods check what is known here. */
  #int32At(position: number, value: number): void {
    const offset = this.#start + position
    this.#buffer[offset] = value >>> 24
    this.#buffer[offset + 1] = value >>> 16
    this.#buffer[offset + 2] = value >>> 8
    this.#buffer[offset + 3] = value
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
    const lengthAt = this.#position
    this.#offset += 4
    this.#data(value)
    this.#int32At(lengthAt, this.#position - lengthAt - 4)
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
    if (text.length > SHORT_LENGTH || !this.#ascii(text))
      this.#offset += this.#buffer.write(text, this.#offset)
  }

  /** Writes a text of ASCII characters; false, and nothing of it counts, if there are others. */
  #ascii(text: string): boolean {
    const buffer = this.#buffer
    const offset = this.#offset
    for (let index = 0; index < text.length; index++) {
      const code = text.charCodeAt(index)
      if (code > 0x7f) return false
      buffer[offset + index] = code
    }
    this.#offset = offset + text.length
    return true
  }

  /** Makes room. What stands there already of the group moves along when the slab is full. */
  #ensure(bytes: number): void {
    if (this.#offset + bytes <= this.#buffer.length) return
    const written = this.#offset - this.#start
    this.#renew(Math.max(SLAB_BYTES, written + bytes, 2 * written), written)
  }

  #renew(length: number, written: number): void {
    const slab = Buffer.allocUnsafeSlow(length)
    this.#buffer.copy(slab, 0, this.#start, this.#start + written)
    this.#buffer = slab
    this.#start = 0
    this.#offset = written
  }
}
