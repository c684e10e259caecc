import type { Socket } from 'node:net'
import { Deferred } from '../../src/foundation/deferred.js'
import type { FatalFault, Fault } from './fault.js'
import { CLEAR_CONDITIONS, ProxyPipe, type Gate, type PipeConditions } from './proxy-pipe.js'
import { WireFramer, type WireUnit } from './wire-framer.js'
import type { Direction, WireMessage } from './wire-message.js'
import type { WireRecorder } from './wire-recorder.js'

/** Decides about messages, in the order they arrive at the proxy. */
export interface Interceptor {
  readonly fault: Fault
  /** Whether the fault is for this message. */
  accepts(
    direction: Direction,
    bytes: Buffer,
    message: WireMessage | undefined,
    connection: ProxyConnection,
  ): boolean
  /** A place that holds the connection until the interceptor opens it. */
  createGate(connection: ProxyConnection): Gate
}

/** What a {@link ProxyConnection} is made of. */
export interface ProxyConnectionInit {
  readonly id: number
  readonly client: Socket
  readonly server: Socket
  readonly conditions: Readonly<Record<Direction, PipeConditions>>
  readonly recorder: WireRecorder
  readonly interceptions: readonly Interceptor[]
  readonly isRaw: boolean
}

/** One client's connection through the proxy, with its own faults. */
export class ProxyConnection {
  /** 1 for the first connection the proxy accepted, and so on. */
  readonly id: number
  /** Resolves when neither side is connected to the proxy any more. */
  readonly closed: Promise<void>
  readonly #init: ProxyConnectionInit
  readonly #pipes: Readonly<Record<Direction, ProxyPipe>>
  readonly #framer: WireFramer
  readonly #chunks = { toServer: 0, toClient: 0 }
  #backendPid: number | undefined
  #startup: Readonly<Record<string, string>> = {}

  constructor(init: ProxyConnectionInit) {
    this.#init = init
    this.id = init.id
    this.#framer = new WireFramer(init.isRaw)
    this.#pipes = {
      toServer: new ProxyPipe(init.client, init.server, init.conditions.toServer),
      toClient: new ProxyPipe(init.server, init.client, init.conditions.toClient),
    }
    this.#listen('toServer', init.client, init.server)
    this.#listen('toClient', init.server, init.client)
    this.closed = Promise.all([init.client, init.server].map(onceClosed)).then(() => undefined)
  }

  /** Whether both sides are still connected. */
  get isOpen(): boolean {
    return !this.#init.client.destroyed && !this.#init.server.destroyed
  }

  /** The backend's process id, once the server has said it. */
  get backendPid(): number | undefined {
    return this.#backendPid
  }

  /** The client's startup parameters, e.g. `application_name`. */
  get startup(): Readonly<Record<string, string>> {
    return this.#startup
  }

  /** Changes what one direction, or both, suffers from now on. */
  shape(direction: Direction | 'both', change: Partial<PipeConditions>): void {
    for (const each of directions(direction)) this.#pipes[each].shape(change)
  }

  /** Breaks both sides with RST. What waits is lost. */
  reset(): void {
    this.#abandon()
    for (const socket of [this.#init.client, this.#init.server]) {
      if (!socket.destroyed) resetOrDestroy(socket)
    }
  }

  /** Closes both sides with FIN. What waits is lost. */
  close(): void {
    this.#abandon()
    for (const socket of [this.#init.client, this.#init.server]) socket.destroySoon()
  }

  /** Closes both sides at once, even if a side reads no more. */
  destroy(): void {
    this.#abandon()
    this.#init.client.destroy()
    this.#init.server.destroy()
  }

  /** Ends the stream that travels this way (FIN to its receiver); the other way stays open. */
  halfClose(direction: Direction): void {
    this.#pipes[direction].end()
    this.#pipes[direction].seal()
  }

  /** Swallows everything from now on, in both directions, for ever; neither side hears when the other one leaves. */
  blackHole(): void {
    this.shape('both', { isDropping: true, isStalled: false })
  }

  /** Clears the conditions, except that a direction that swallows goes on: later bytes would be a torn protocol. */
  heal(): void {
    for (const pipe of [this.#pipes.toServer, this.#pipes.toClient]) {
      pipe.shape({ ...CLEAR_CONDITIONS, isDropping: pipe.isDropping })
    }
  }

  /** Sends bytes as if they came from the other side, after what already waits. */
  inject(direction: Direction, bytes: Buffer): void {
    this.#pipes[direction].send(bytes)
  }

  /** Looks again at what waits; for an opened gate. */
  wake(): void {
    this.#pipes.toServer.wake()
    this.#pipes.toClient.wake()
  }

  #listen(direction: Direction, source: Socket, destination: Socket): void {
    const pipe = this.#pipes[direction]
    source.setNoDelay(true)
    source.on('data', (chunk: Buffer) => {
      this.#chunks[direction]++
      for (const unit of this.#framer.push(direction, chunk)) this.#handle(direction, unit)
    })
    source.on('end', () => {
      const rest = this.#framer.flush(direction)
      if (rest.length > 0) pipe.send(rest)
      pipe.end()
    })
    source.on('error', () => {
      // The one error of an established socket that matters here is RST, and it is passed on as such.
      if (!pipe.isDropping && !destination.destroyed) resetOrDestroy(destination)
    })
    source.on('close', () => {
      if (!pipe.isDropping && !source.readableEnded && !destination.destroyed) destination.destroySoon()
    })
  }

  #handle(direction: Direction, unit: WireUnit): void {
    const { bytes, message } = unit
    if (message !== undefined) this.#observe(message)
    const { interceptions } = this.#init
    const match = interceptions.find((each) => each.accepts(direction, bytes, message, this))
    if (match === undefined) this.#send(direction, bytes, message)
    else this.#apply(match, match.fault, direction, unit)
  }

  #observe(message: WireMessage): void {
    if (message.backendPid !== undefined) this.#backendPid = message.backendPid
    if (message.name === 'StartupMessage') this.#startup = message.parameters ?? {}
  }

  #send(direction: Direction, bytes: Buffer, message: WireMessage | undefined): void {
    if (message === undefined) {
      this.#pipes[direction].send(bytes)
      return
    }
    const { recorder } = this.#init
    const chunk = this.#chunks[direction]
    if (direction === 'toServer') {
      // The client's side of the proxy is where round trips are counted: what it sent, it sent on arrival here.
      recorder.record(this.id, message, chunk, true)
      this.#pipes.toServer.send(bytes)
    } else {
      this.#pipes.toClient.send(bytes, (isDelivered) => {
        recorder.record(this.id, message, chunk, isDelivered)
      })
    }
  }

  #apply(match: Interceptor, fault: Fault, direction: Direction, unit: WireUnit): void {
    const { bytes, message } = unit
    const pipe = this.#pipes[direction]
    const swallow = (): void => {
      if (message !== undefined) this.#init.recorder.record(this.id, message, this.#chunks[direction], false)
    }
    if (fault === 'hold') {
      pipe.gate(match.createGate(this))
      this.#send(direction, bytes, message)
    } else if (fault === 'swallow') {
      swallow()
    } else if (typeof fault === 'string') {
      swallow()
      this.#break(direction, fault)
    } else if ('passThen' in fault) {
      this.#send(direction, bytes, message)
      this.#break(direction, fault.passThen)
    } else if ('truncateTo' in fault) {
      swallow()
      pipe.send(bytes.subarray(0, fault.truncateTo))
      this.#break(direction, fault.then)
    } else if ('replaceWith' in fault) {
      swallow()
      pipe.send(fault.replaceWith)
    } else {
      if ('injectBefore' in fault) pipe.send(fault.injectBefore)
      this.#send(direction, bytes, message)
      if ('injectAfter' in fault) pipe.send(fault.injectAfter)
    }
  }

  /** Breaks the connection once all that was queued before has left; what arrives after it counts as lost. */
  #break(direction: Direction, fault: FatalFault): void {
    const pipe = this.#pipes[direction]
    pipe.run(() => {
      if (fault === 'reset') this.reset()
      else if (fault === 'close') this.close()
      else this.blackHole()
    })
    pipe.seal()
  }

  #abandon(): void {
    this.#pipes.toServer.abandon()
    this.#pipes.toClient.abandon()
  }
}

function directions(direction: Direction | 'both'): readonly Direction[] {
  return direction === 'both' ? ['toServer', 'toClient'] : [direction]
}

async function onceClosed(socket: Socket): Promise<void> {
  const closed = new Deferred<void>()
  if (socket.closed) closed.resolve()
  else socket.once('close', () => closed.resolve())
  await closed.promise
}

/** A socket that is shutting down already can't be reset: libuv refuses it (EINVAL), and Node then never says 'close'. */
function resetOrDestroy(socket: Socket): void {
  if (socket.writableEnded) socket.destroy()
  else socket.resetAndDestroy()
}
