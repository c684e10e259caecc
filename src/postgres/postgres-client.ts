import pg from 'pg'
import { GuardedConnection } from './guarded-connection.js'
import type { StatementGroup } from './statement-group.js'

/** What of a `pg` client this room uses, the parts that its published types leave out included. */
export interface PostgresClient {
  readonly processID: number | null
  readonly secretKey: number | null
  readonly connection: WireConnection
  query(group: StatementGroup): void
  on(event: 'error' | 'end' | 'notice', listener: (argument: unknown) => void): unknown
  release(destroy?: boolean): void
}

/** `pg`'s protocol connection: an emitter of the server's messages over a socket. */
interface WireConnection {
  readonly stream: { destroy(): void }
  on(event: string, listener: (message: never) => void): unknown
}

/** The two parts of the start-up packet that are ours to choose. */
export interface StartupPacket {
  readonly user: string
  readonly database: string
  readonly [parameter: string]: string
}

/**
 * A `pg` client class whose start-up packet holds exactly the given parameters.
 *
 * Server settings travel as parameters of their own, never inside `options`, where a space would start another
 * setting (S1), and nothing of PGOPTIONS or PGAPPNAME slips in (S18). They are the connection's defaults:
 * RESET and DISCARD return to them.
 *
 * @param packet - The start-up parameters, user and database among them.
 * @param connectTimeoutMillis - Longest time to open a connection and log in, in milliseconds.
 * @param onCreated - Told of each client before it connects.
 * @see PostgreSQL manual, Message Flow, Start-up: "any run-time parameter that can be set at backend start time"
 * @internal
 */
export function clientClass(
  packet: StartupPacket,
  connectTimeoutMillis: number,
  onCreated: (client: PostgresClient) => void,
): new (config: pg.ClientConfig) => pg.Client {
  return class extends pg.Client {
    constructor(config: pg.ClientConfig) {
      // The time limit here and not in pg-pool's options: there it would also start a timer for each checkout of an
      // idle client. The password by name: pg-pool makes it non-enumerable, so that a copy leaves it out.
      const connection = new GuardedConnection(config)
      super({
        ...config,
        password: config.password,
        connectionTimeoutMillis: connectTimeoutMillis,
        connection,
      } as never)
      onCreated(this as unknown as PostgresClient)
    }

    getStartupConf(): StartupPacket {
      return packet
    }
  }
}
