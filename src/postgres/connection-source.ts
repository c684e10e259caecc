import Pool from 'pg-pool'
import type { Duplex } from 'node:stream'
import { InternalError, type DatabaseError } from '../errors/database-error.js'
import { ConnectionFailedError } from '../errors/operational-error.js'
import { Deadline } from '../foundation/deadline.js'
import { neutralScope } from '../foundation/neutral-scope.js'
import { Connection } from './connection.js'
import { connectError, noServerSuits, unsuitable } from './connect-error.js'
import { HostChoice, type Candidate, type ServerHost, type ServerTarget } from './host-choice.js'
import { serverFlaw } from './server-flaw.js'
import { disconnectedError, serverError } from './server-error.js'
import { clientClass, type PostgresClient } from './postgres-client.js'
import { TypeReaders } from './type-readers.js'

/** How a source opens connections and how long it keeps idle ones. */
export interface ConnectionSourceOptions {
  /** At least one. */
  readonly servers: readonly ServerHost[]
  readonly targetSessionAttrs: ServerTarget | 'prefer-standby'
  readonly loadBalanceHosts: boolean
  readonly user: string
  readonly database: string
  /** Asked once for each connection that is opened; `undefined` when the server needs none. */
  readonly password: () => string | undefined | Promise<string | undefined>
  /** Whether SCRAM must be bound to the TLS connection. */
  readonly isBindingRequired: boolean
  /** The longest message that is read, in bytes. */
  readonly maxMessageBytes: number
  /** Server settings of the start-up packet, by name. */
  readonly startupSettings: Readonly<Record<string, string>>
  readonly maxConnections: number
  /** Whether the connection that was used last is lent first. */
  readonly lifo: boolean
  /** Longest time for one attempt at one server, in milliseconds. */
  readonly connectTimeoutMillis: number
  readonly idleTimeoutMillis: number
  readonly statementCacheSize: number
  /** A pooler lends another server process for each transaction. */
  readonly isPooled: boolean
  /** Makes the socket of a connection that is to be opened; by default one of `node:net`. For scripted servers. */
  readonly stream?: (() => Duplex) | undefined
}

const NO_FAILURES: readonly DatabaseError[] = Object.freeze([])

/** Told the outcome of {@link ConnectionSource.take}. */
type Taker = (error: DatabaseError | undefined, connection: Connection | undefined) => void

/** Told about the life of connections that nobody asked about. */
export interface ConnectionSourceListener {
  onOpened(connection: Connection): void
  onIdleLost(error: DatabaseError): void
}

/** The kernel's default is two hours; without a delay of its own a silent peer is noticed by nobody (E5). */
const KEEP_ALIVE_INITIAL_DELAY_MILLIS = 10_000

/** What closing a socket without the other side takes at the most. */
const SOCKET_MILLIS = 100

/**
 * Where connections come from: pg-pool, asked only when it can answer at once, so that its own queue, which can be
 * neither bounded nor aborted nor emptied at the end (E4), stays empty. Whoever waits, waits in the engine.
 *
 * @internal
 */
export class ConnectionSource {
  readonly #pool: Pool<never>
  readonly #clients = new WeakMap<Connection, PostgresClient>()
  /** Clients whose sockets are not closed, those that are still connecting included. */
  readonly #open = new Set<PostgresClient>()
  readonly #connections = new WeakMap<object, Connection>()
  /** Connections that nobody has seen yet: their server may turn out to be of the wrong kind. */
  readonly #unproved = new WeakSet<Connection>()
  readonly #choice: HostChoice
  readonly #listener: ConnectionSourceListener
  /** Where the client that pg-pool makes next goes. It makes one only while it is asked for one. */
  #next: ServerHost
  readonly #options: ConnectionSourceOptions

  constructor(options: ConnectionSourceOptions, listener: ConnectionSourceListener) {
    this.#options = options
    this.#listener = listener
    const types = new TypeReaders()
    const [first] = options.servers
    if (first === undefined) throw new InternalError({ message: 'no server to connect to' })
    this.#next = first
    this.#choice = new HostChoice(options.servers, options.targetSessionAttrs, options.loadBalanceHosts)
    const Client = clientClass({
      ...options,
      packet: { user: options.user, database: options.database, ...options.startupSettings },
      nextServer: () => this.#next,
      onCreated: (client) => {
        this.#open.add(client)
        client.on('end', () => this.#open.delete(client))
      },
    })
    this.#pool = new Pool<never>({
      Client: Client as never,
      user: options.user,
      database: options.database,
      // Always a function: for an absent password pg would look into PGPASSWORD and a pgpass file (S18).
      password: () => askPassword(options),
      // Else pg would look into PGSSLNEGOTIATION (S18).
      sslnegotiation: 'postgres',
      keepAlive: true,
      keepAliveInitialDelayMillis: KEEP_ALIVE_INITIAL_DELAY_MILLIS,
      max: options.maxConnections,
      idleTimeoutMillis: options.idleTimeoutMillis,
      // An idle connection is no reason for a script to stay alive.
      allowExitOnIdle: true,
      ...(options.stream !== undefined && { stream: options.stream }),
    })
    this.#pool.on('connect', (pgClient) => {
      const client = pgClient as unknown as PostgresClient
      const connection = new Connection(client, {
        statementCacheSize: options.statementCacheSize,
        isPooled: options.isPooled,
        types,
        cancelTarget: client.server,
      })
      this.#connections.set(client, connection)
      this.#clients.set(connection, client)
      this.#unproved.add(connection)
    })
    this.#pool.on('error', (error: Error & { client?: unknown }) => {
      // pg-pool hangs the client on it, with the keys to cancel and to log in (S7).
      delete error.client
      listener.onIdleLost(serverError(error))
    })
  }

  /** Connections that are open or being opened, lent ones included. */
  get total(): number {
    return this.#pool.totalCount
  }

  /** Connections that wait to be lent. */
  get idle(): number {
    return this.#pool.idleCount
  }

  /**
   * Gives an idle connection, by default the one used last, or opens one. Opening is I/O, taking an idle one is not.
   *
   * Precondition: an idle connection exists, or `total` is below `maxConnections`.
   */
  take(callback: Taker): void {
    neutralScope.runInAsyncScope(() => {
      this.#try(this.#choice.tour(), NO_FAILURES, callback)
    })
  }

  /** Tries the candidates in order; so many have failed already. */
  #try(tour: readonly Candidate[], failures: readonly DatabaseError[], callback: Taker): void {
    const candidate = tour[failures.length]
    if (candidate === undefined) {
      callback(noServerSuits(failures, this.#options), undefined)
      return
    }
    this.#ask(candidate, (error, connection) => {
      if (error === undefined) callback(undefined, connection)
      // As in libpq: who is refused by one server is not tried out on the others.
      else if (error.sqlState?.startsWith('28') === true) callback(error, undefined)
      else this.#try(tour, [...failures, error], callback)
    })
  }

  #ask({ server, target }: Candidate, callback: Taker): void {
    const onError = (cause: unknown): void => {
      this.#choice.failed(server)
      callback(connectError(cause, { ...this.#options, ...server }), undefined)
    }
    try {
      this.#next = server
      this.#pool.connect((error, client) => {
        const connection = this.#connections.get(client as unknown as object)
        if (connection === undefined) onError(error)
        else if (!this.#unproved.delete(connection)) callback(undefined, connection)
        else this.#prove(connection, target, callback)
      })
    } catch (error) {
      // pg's client refuses some settings as soon as it is made.
      queueMicrotask(() => {
        onError(error)
      })
    }
  }

  /** A new connection is known to nobody until its server has shown that it is of the right kind. */
  #prove(connection: Connection, target: ServerTarget, callback: Taker): void {
    const { server, parameters } = this.#clientOf(connection)
    const flaw = serverFlaw(parameters, target)
    if (flaw === undefined) {
      this.#choice.succeeded(server)
      this.#listener.onOpened(connection)
      callback(undefined, connection)
      return
    }
    this.#choice.failed(server)
    this.retire(connection)
    callback(unsuitable(server, flaw, this.#options.targetSessionAttrs), undefined)
  }

  #clientOf(connection: Connection): PostgresClient {
    const client = this.#clients.get(connection)
    if (client === undefined) throw new InternalError({ message: 'a connection of another source' })
    return client
  }

  /** Takes a clean connection back. No I/O. */
  give(connection: Connection): void {
    this.#release(connection, false)
    if (!this.#options.lifo) this.#moveToTheBack()
  }

  /** Closes a connection's socket and forgets it; its place is free at once. */
  discard(connection: Connection, reason: DatabaseError): void {
    connection.destroy(reason)
    this.#release(connection, true)
  }

  /** Says goodbye on a connection that is clean but no longer wanted. */
  retire(connection: Connection): void {
    this.#release(connection, true)
  }

  /** pg-pool lends the last of its list and has no other order, so the one that has just come back goes to the other end. */
  #moveToTheBack(): void {
    const { _idle: idle } = this.#pool as unknown as { readonly _idle?: unknown[] }
    const last = idle?.pop()
    if (last !== undefined) idle?.unshift(last)
  }

  /** pg-pool starts its idle timer here: in the releaser's async context it would keep that alive (E15). */
  #release(connection: Connection, isUnwanted: boolean): void {
    neutralScope.runInAsyncScope(() => this.#clients.get(connection)?.release(isUnwanted))
  }

  /**
   * Closes all connections and refuses to open others. Precondition: none is lent.
   *
   * @param deadline - When to destroy the sockets that the server has not closed by then.
   * @returns When every socket is closed; never rejects.
   */
  async end(deadline: Deadline): Promise<void> {
    const closed = [...this.#open].map((client) => new Promise((resolve) => client.on('end', resolve)))
    // pg-pool's own end does not wait for the sockets (E3e), and waits for ever for those that hang while connecting.
    const ended = Promise.all([this.#pool.end(), ...closed])
    await deadline
      .race(ended, () => disconnectedError(undefined))
      .catch(() => {
        for (const client of this.#open) client.connection.stream.destroy()
        // A socket that was destroyed here says so within a few ticks, whatever the other side does.
        return Deadline.after(SOCKET_MILLIS).race(Promise.all(closed), () => disconnectedError(undefined))
      })
      .catch(() => undefined)
  }
}

/** The function's own words stay in the cause: they may hold what it was about to return (S19). */
async function askPassword(options: ConnectionSourceOptions): Promise<string> {
  try {
    return (await options.password()) as string
  } catch (cause) {
    throw new ConnectionFailedError({
      message: `No connection as ${options.user} on database ${options.database}: the password function failed`,
      hint: 'Its error is the cause of this one.',
      cause,
    })
  }
}
