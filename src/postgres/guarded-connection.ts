import pg from 'pg'
import { ProtocolError } from '../errors/operational-error.js'

/** What `pg` calls with the socket once it speaks the protocol. */
type Attach = (stream: DataSource) => void

interface DataSource {
  on(event: string, listener: (chunk: never) => void): unknown
  destroy(): void
}

const attachListeners = (pg.Connection.prototype as unknown as { attachListeners: Attach }).attachListeners

/**
 * `pg`'s connection, except that a message which its parser can't read ends the connection and not the process: the
 * parser throws inside the socket's data handler, where nobody could catch it (I-CRASH, S16).
 *
 * @internal
 */
export class GuardedConnection extends pg.Connection {
  attachListeners(stream: DataSource): void {
    const guarded: DataSource = {
      on: (event, listener) => stream.on(event, event === 'data' ? this.#guard(stream, listener) : listener),
      destroy: () => {
        stream.destroy()
      },
    }
    attachListeners.call(this, guarded)
  }

  #guard(stream: DataSource, listener: (chunk: never) => void): (chunk: never) => void {
    return (chunk) => {
      try {
        listener(chunk)
      } catch (cause) {
        stream.destroy()
        this.emit(
          'error',
          new ProtocolError({
            message:
              "The server sent a message that is not of PostgreSQL's protocol; the connection was destroyed",
            hint: 'Check that host and port lead to PostgreSQL, and what stands in between.',
            cause,
          }),
        )
      }
    }
  }
}
