import { Duplex } from 'node:stream'

/** What is at the other end of a {@link ScriptedSocket}. */
export interface ScriptedPeer {
  onConnect(socket: ScriptedSocket): void
  onBytes(socket: ScriptedSocket, bytes: Buffer): void
  /** FIN */
  onGoodbye(socket: ScriptedSocket): void
  /** The client holds the socket no more. */
  onClosed(socket: ScriptedSocket): void
}

/** What `pg` takes for a TCP socket, with the scripted server at its other end: all in memory. */
export class ScriptedSocket extends Duplex {
  readonly #server: ScriptedPeer

  constructor(server: ScriptedPeer) {
    super({ allowHalfOpen: false })
    this.#server = server
  }

  connect(): this {
    this.#server.onConnect(this)
    return this
  }

  setNoDelay(): this {
    return this
  }

  setKeepAlive(): this {
    return this
  }

  ref(): this {
    return this
  }

  unref(): this {
    return this
  }

  override _read(): void {
    // The server pushes.
  }

  override _write(chunk: Buffer, _: BufferEncoding, done: () => void): void {
    this.#server.onBytes(this, chunk)
    done()
  }

  override _final(done: () => void): void {
    this.#server.onGoodbye(this)
    done()
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#server.onClosed(this)
    done(error)
  }
}
