import pg from 'pg'
import { DatabaseError } from '../errors/database-error.js'
import { ProtocolError } from '../errors/operational-error.js'
import { guardAuthentication, type AuthenticationRule } from './guard-authentication.js'
import { MessageSplitter, type BytesListener, type RowListener } from './message-splitter.js'

/** What `pg` calls with the socket once it speaks the protocol. */
type Attach = (stream: DataSource) => void

interface DataSource {
  on(event: string, listener: (bytes: Buffer) => void): unknown
  destroy(): void
}

const attachListeners = (pg.Connection.prototype as unknown as { attachListeners: Attach }).attachListeners

/** What a server may do. */
export interface ServerLimits extends AuthenticationRule {
  /** The longest message after the login, in bytes. */
  readonly maxMessageBytes: number
}

/**
 * `pg`'s connection, except that a message which its parser can't read ends the connection and not the process: the
 * parser throws inside the socket's data handler, where nobody could catch it (I-CRASH, S16). So does a server that
 * asks for the password in a way that is not allowed, or that announces a message of any length. And rows can be read
 * from their bytes.
 *
 * @internal
 */
export class GuardedConnection extends pg.Connection {
  readonly #maxMessageBytes: number
  #splitter: MessageSplitter | undefined

  constructor(config: pg.ConnectionConfig, limits: ServerLimits) {
    super(config)
    this.#maxMessageBytes = limits.maxMessageBytes
    guardAuthentication(this, limits)
    this.once('readyForQuery', () => {
      this.#splitter?.loggedIn()
    })
  }

  attachListeners(stream: DataSource): void {
    const guarded: DataSource = {
      on: (event, listener) => stream.on(event, event === 'data' ? this.#guard(stream, listener) : listener),
      destroy: () => {
        stream.destroy()
      },
    }
    attachListeners.call(this, guarded)
  }

  /** From now on rows go there instead of to `pg`. Precondition: the connection is logged in. */
  readRows(listener: RowListener): void {
    if (this.#splitter !== undefined) this.#splitter.onRow = listener
  }

  #guard(stream: DataSource, listener: BytesListener): BytesListener {
    const splitter = new MessageSplitter(this.#maxMessageBytes, listener)
    this.#splitter = splitter
    return (piece) => {
      try {
        splitter.read(piece)
      } catch (cause) {
        stream.destroy()
        this.emit('error', DatabaseError.is(cause) ? cause : foreignMessage(cause))
      }
    }
  }
}

function foreignMessage(cause: unknown): ProtocolError {
  return new ProtocolError({
    message: "The server sent a message that is not of PostgreSQL's protocol; the connection was destroyed",
    hint: 'Check that host and port lead to PostgreSQL, and what stands in between.',
    cause,
  })
}
