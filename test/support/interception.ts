import { Deferred } from '../../src/foundation/deferred.js'
import type { Fault } from './fault.js'
import type { Interceptor, ProxyConnection } from './proxy-connection.js'
import type { Gate } from './proxy-pipe.js'
import type { Direction, WireMessage } from './wire-message.js'

export type { Fault } from './fault.js'

/** Which messages an {@link Interception} is for; all given conditions must hold. */
export interface MessageMatch {
  readonly direction: Direction
  /** The manual's name of the message, e.g. `Query`, `CommandComplete`; or several. */
  readonly name?: string | readonly string[]
  /**
   * Its SQL, command tag or server message. Bind and Execute carry the SQL of the statement that they run.
   */
  readonly text?: RegExp
  /** Its bytes, read as latin1; the one condition that also works on a stream that is not PostgreSQL's. */
  readonly bytes?: RegExp
  /** Only on this connection. */
  readonly connection?: ProxyConnection
  /** Any further condition, e.g. the throw of a seeded dice. */
  readonly where?: (message: WireMessage | undefined, connection: ProxyConnection) => boolean
  /** How many matching messages to let pass first. Default 0. */
  readonly skip?: number
  /** How many to act upon after that. Default 1. */
  readonly times?: number
}

/** What an {@link Interception} met. */
export interface Hit {
  readonly connection: ProxyConnection
  readonly message: WireMessage | undefined
}

/** A fault that waits for its message. Made by `NetworkProxy.intercept`. */
export class Interception implements Interceptor {
  readonly fault: Fault
  readonly #match: MessageMatch
  readonly #first = new Deferred<Hit>()
  readonly #gates: { readonly gate: Gate; readonly connection: ProxyConnection }[] = []
  #seen = 0
  #hits = 0
  #isRemoved = false
  #isReleased = false

  constructor(match: MessageMatch, fault: Fault) {
    this.#match = match
    this.fault = fault
  }

  /** How often it acted. */
  get hits(): number {
    return this.#hits
  }

  /** The first message it acted upon; resolves when that message arrives at the proxy. */
  get firstHit(): Promise<Hit> {
    return this.#first.promise
  }

  /** Whether it acts upon this message; counts it. */
  accepts(
    direction: Direction,
    bytes: Buffer,
    message: WireMessage | undefined,
    connection: ProxyConnection,
  ): boolean {
    const { skip = 0, times = 1 } = this.#match
    if (this.#isRemoved || this.#hits >= times) return false
    if (!this.#matches(direction, bytes, message, connection)) return false
    this.#seen++
    if (this.#seen <= skip) return false
    this.#hits++
    this.#first.resolve({ connection, message })
    return true
  }

  /** A place that holds a connection until {@link Interception.release}; open at once when that was called. */
  createGate(connection: ProxyConnection): Gate {
    const gate = { isOpen: this.#isReleased }
    this.#gates.push({ gate, connection })
    return gate
  }

  /** Lets what `hold` holds continue, now and later. */
  release(): void {
    this.#isReleased = true
    for (const { gate, connection } of this.#gates.splice(0)) {
      gate.isOpen = true
      connection.wake()
    }
  }

  /** Acts no more, and releases what it holds. */
  remove(): void {
    this.#isRemoved = true
    this.release()
  }

  #matches(
    direction: Direction,
    bytes: Buffer,
    message: WireMessage | undefined,
    connection: ProxyConnection,
  ): boolean {
    const match = this.#match
    if (match.direction !== direction) return false
    if (match.connection !== undefined && match.connection !== connection) return false
    if (match.name !== undefined) {
      const names = typeof match.name === 'string' ? [match.name] : match.name
      if (message === undefined || !names.includes(message.name)) return false
    }
    // String.search, because RegExp.test with the flag g remembers where it stopped.
    if (match.text !== undefined && (message?.text?.search(match.text) ?? -1) === -1) return false
    if (match.bytes !== undefined && bytes.toString('latin1').search(match.bytes) === -1) return false
    return match.where === undefined || match.where(message, connection)
  }
}
