import pg from 'pg'
import { GuardedConnection, type ServerLimits } from './guarded-connection.js'
import type { ServerHost } from './host-choice.js'
import type { RowListener } from './message-splitter.js'
import type { StatementGroup } from './statement-group.js'

/** What of a `pg` client this room uses, the parts that its published types leave out included. */
export interface PostgresClient {
  readonly processID: number | null
  readonly secretKey: number | null
  readonly connection: WireConnection
  /** Where it goes. */
  readonly server: ServerHost
  /** The settings that the server reported, by name; kept up to date. */
  readonly parameters: ReadonlyMap<string, string>
  query(group: StatementGroup): void
  on(event: 'error' | 'end' | 'notice', listener: (argument: unknown) => void): unknown
  release(destroy?: boolean): void
}

/** `pg`'s protocol connection as it is guarded: an emitter of the server's messages over a socket. */
interface WireConnection {
  readonly stream: { destroy(): void }
  on(event: string, listener: (message: never) => void): unknown
  readRows(listener: RowListener): void
}

/** The two parts of the start-up packet that are ours to choose. */
export interface StartupPacket {
  readonly user: string
  readonly database: string
  readonly [parameter: string]: string
}

/** What clients are made with. */
export interface ClientClassOptions extends Omit<ServerLimits, 'requireAuth'> {
  /** The start-up parameters, user and database among them. */
  readonly packet: StartupPacket
  /** Longest time to open a connection and log in, in milliseconds. */
  readonly connectTimeoutMillis: number
  /** Says where the client that is being made shall go. */
  readonly nextServer: () => ServerHost
  /** Told of each client before it connects. */
  readonly onCreated: (client: PostgresClient) => void
}

/**
 * A `pg` client class whose start-up packet holds exactly the given parameters.
 *
 * Server settings travel as parameters of their own, never inside `options`, where a space would start another
 * setting (S1), and nothing of PGOPTIONS or PGAPPNAME slips in (S18). They are the connection's defaults:
 * RESET and DISCARD return to them.
 *
 * @param options - What its clients have in common.
 * @see PostgreSQL manual, Message Flow, Start-up: "any run-time parameter that can be set at backend start time"
 * @internal
 */
export function clientClass(options: ClientClassOptions): new (config: pg.ClientConfig) => pg.Client {
  return class extends pg.Client {
    readonly server: ServerHost
    readonly parameters = new Map<string, string>()

    constructor(config: pg.ClientConfig) {
      const server = options.nextServer()
      const { host, port, requireAuth } = server
      const target = {
        ...config,
        host,
        port,
        // A copy: pg redefines the key of what it is given.
        ssl: typeof server.ssl === 'object' ? { ...server.ssl } : server.ssl,
      }
      const connection = new GuardedConnection(target, { ...options, requireAuth })
      // The time limit here and not in pg-pool's options: there it would also start a timer for each checkout of an
      // idle client. The password by name: pg-pool makes it non-enumerable, so that a copy leaves it out.
      super({
        ...target,
        password: config.password,
        connectionTimeoutMillis: options.connectTimeoutMillis,
        enableChannelBinding: options.isBindingRequired,
        connection,
      } as never)
      this.server = server
      const wire = connection as unknown as WireConnection
      wire.on('parameterStatus', (message: { parameterName: string; parameterValue: string }) => {
        this.parameters.set(message.parameterName, message.parameterValue)
      })
      options.onCreated(this as unknown as PostgresClient)
    }

    getStartupConf(): StartupPacket {
      return options.packet
    }
  }
}
