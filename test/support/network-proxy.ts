import { connect, createServer, type Server, type Socket } from 'node:net'
import type { Fault } from './fault.js'
import { Interception, type MessageMatch } from './interception.js'
import { ProxyConnection } from './proxy-connection.js'
import { CLEAR_CONDITIONS, type PipeConditions } from './proxy-pipe.js'
import type { Direction } from './wire-message.js'
import { WireRecorder } from './wire-recorder.js'

/** Options of {@link NetworkProxy.start}. */
export interface NetworkProxyOptions {
  /** `raw` for a stream that is not PostgreSQL's: nothing is parsed, faults match on bytes. Default `postgres`. */
  readonly protocol?: 'postgres' | 'raw'
}

/** The proxy accepts connections and serves them; or accepts them and serves nobody; or does not listen. */
type AcceptMode = 'serve' | 'freeze' | 'refuse'

/**
 * A TCP proxy in front of PostgreSQL that causes network faults on command and records what passes.
 *
 * Faults hit one connection (methods of {@link ProxyConnection}), all of them and those to come (methods here), or
 * a chosen message ({@link NetworkProxy.intercept}). Nothing is random: the same commands give the same faults.
 */
export class NetworkProxy implements AsyncDisposable {
  readonly host = '127.0.0.1'
  readonly recorder = new WireRecorder()
  readonly #isRaw: boolean
  readonly #connections = new Set<ProxyConnection>()
  readonly #frozen = new Set<Socket>()
  readonly #interceptions: Interception[] = []
  readonly #conditions = { toServer: CLEAR_CONDITIONS, toClient: CLEAR_CONDITIONS }
  #target: { readonly host: string; readonly port: number }
  #listener: Server | undefined
  #port = 0
  #mode: AcceptMode = 'serve'
  #accepted = 0
  #forwarded = 0

  private constructor(target: string, isRaw: boolean) {
    this.#target = parseTarget(target)
    this.#isRaw = isRaw
  }

  /** Listens on a free port of 127.0.0.1 and forwards to the host and port of a URL. */
  static async start(target: string, options: NetworkProxyOptions = {}): Promise<NetworkProxy> {
    const proxy = new NetworkProxy(target, options.protocol === 'raw')
    await proxy.#listen()
    return proxy
  }

  get port(): number {
    return this.#port
  }

  /** Connections that are open, oldest first. */
  get connections(): readonly ProxyConnection[] {
    return [...this.#connections]
  }

  /** How many connections were accepted since the start. */
  get accepted(): number {
    return this.#accepted
  }

  /** The same database as `databaseUrl`, through the proxy. */
  urlFor(databaseUrl: string): string {
    const url = new URL(databaseUrl)
    url.hostname = this.host
    url.port = String(this.#port)
    return url.href
  }

  /** Forwards connections to come to another server. */
  retarget(target: string): void {
    this.#target = parseTarget(target)
  }

  /** Changes what all connections, and those to come, suffer. */
  shape(direction: Direction | 'both', change: Partial<PipeConditions>): void {
    for (const each of direction === 'both' ? (['toServer', 'toClient'] as const) : [direction]) {
      this.#conditions[each] = { ...this.#conditions[each], ...change }
      for (const connection of this.#connections) connection.shape(each, change)
    }
  }

  /** Waits for a message and does something to it. The first interception that matches is the only one to act. */
  intercept(match: MessageMatch, fault: Fault): Interception {
    const interception = new Interception(match, fault)
    this.#interceptions.push(interception)
    return interception
  }

  /** Breaks all connections with RST. */
  resetAll(): void {
    for (const connection of this.#connections) connection.reset()
  }

  /** Closes all connections with FIN. */
  closeAll(): void {
    for (const connection of this.#connections) connection.close()
  }

  /** Turns all open connections into black holes; those to come are served. */
  blackHoleAll(): void {
    for (const connection of this.#connections) connection.blackHole()
  }

  /** Connections to come are refused (ECONNREFUSED), until {@link NetworkProxy.serve}. */
  async refuse(): Promise<void> {
    this.#mode = 'refuse'
    await this.#unlisten()
  }

  /** Connections to come are accepted and then hear nothing, until {@link NetworkProxy.serve}. */
  async freeze(): Promise<void> {
    this.#mode = 'freeze'
    await this.#listen()
  }

  /** Serves connections again, frozen ones included. */
  async serve(): Promise<void> {
    this.#mode = 'serve'
    await this.#listen()
    for (const client of this.#frozen) this.#forward(client)
    this.#frozen.clear()
  }

  /** Ends every fault but black holes: a connection that lost bytes can't be mended. */
  async heal(): Promise<void> {
    for (const interception of this.#interceptions.splice(0)) interception.remove()
    for (const direction of ['toServer', 'toClient'] as const) {
      this.#conditions[direction] = CLEAR_CONDITIONS
    }
    for (const connection of this.#connections) connection.heal()
    await this.serve()
  }

  /** Stops listening and closes every connection. */
  async stop(): Promise<void> {
    this.#mode = 'refuse'
    for (const interception of this.#interceptions.splice(0)) interception.remove()
    for (const client of this.#frozen) client.destroy()
    this.#frozen.clear()
    const closed = [...this.#connections].map((connection) => connection.closed)
    for (const connection of this.#connections) connection.destroy()
    await this.#unlisten()
    await Promise.all(closed)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop()
  }

  async #listen(): Promise<void> {
    if (this.#listener !== undefined) return
    const listener = createServer({ allowHalfOpen: true, pauseOnConnect: true }, (client) => {
      this.#accept(client)
    })
    await new Promise<void>((resolve, reject) => {
      listener.once('error', reject)
      listener.listen(this.#port, this.host, resolve)
    })
    const address = listener.address()
    if (typeof address === 'object' && address !== null) this.#port = address.port
    this.#listener = listener
  }

  /** Stops listening; established connections go on. */
  async #unlisten(): Promise<void> {
    const listener = this.#listener
    this.#listener = undefined
    // close() frees the port at once, but calls back only when the last connection has ended.
    listener?.close()
    await new Promise<void>((resolve) => setImmediate(resolve))
  }

  #accept(client: Socket): void {
    this.#accepted++
    client.on('error', () => undefined)
    if (this.#mode === 'serve') {
      this.#forward(client)
    } else {
      this.#frozen.add(client)
      client.once('close', () => this.#frozen.delete(client))
    }
  }

  #forward(client: Socket): void {
    const server = connect({ ...this.#target, allowHalfOpen: true })
    const connection = new ProxyConnection({
      id: ++this.#forwarded,
      client,
      server,
      conditions: this.#conditions,
      recorder: this.recorder,
      interceptions: this.#interceptions,
      isRaw: this.#isRaw,
    })
    this.#connections.add(connection)
    void connection.closed.then(() => this.#connections.delete(connection))
    client.resume()
  }
}

function parseTarget(target: string): { host: string; port: number } {
  const { hostname, port } = new URL(target)
  return { host: hostname, port: Number(port || 5432) }
}
