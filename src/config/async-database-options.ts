import type { AuthMethod, ChannelBinding } from './auth-options.js'
import type { HostAddress, ResolvedHost, TargetSessionAttrs } from './host-options.js'
import type { Logger } from './logger.js'
import type { PoolOptions, ResolvedPoolOptions } from './pool-options.js'
import type { Secret } from './secret.js'
import type { ResolvedSessionDefaults, SessionDefaults } from './session-defaults.js'
import type { TlsOptions } from './tls-options.js'

/** A password, or a function that is asked for it before each new connection (rotation, IAM tokens). */
export type Password = string | (() => string | Promise<string>)

/**
 * Where the database is and how it is used.
 *
 * A field wins over the same part of `url`. Environment variables are read only by `fromEnv`, never to fill gaps.
 *
 * @example
 * ```ts
 * import type { AsyncDatabaseOptions } from 'async-database'
 *
 * export const options: AsyncDatabaseOptions = {
 *   host: 'db.example.com',
 *   user: 'app',
 *   password: async () => 'a fresh token',
 *   database: 'shop',
 *   pool: { size: 20 },
 * }
 * ```
 */
export interface AsyncDatabaseOptions {
  /** `postgres://user:password@host:port/database?sslmode=…`, each part percent-encoded. */
  readonly url?: string | undefined
  /**
   * A host name, an IP address, or the directory of a Unix socket (begins with `/`).
   *
   * @defaultValue 'localhost'
   */
  readonly host?: string | undefined
  /**
   * The port (1 … 65535).
   *
   * @defaultValue 5432
   */
  readonly port?: number | undefined
  /**
   * Several servers instead of `host` and `port`, tried in this order until one is as `targetSessionAttrs` asks. One
   * that failed or did not suit is tried last for ten seconds.
   */
  readonly hosts?: readonly HostAddress[] | undefined
  /**
   * Which of the servers will do. A connection keeps what it was opened for: after a failover the pool finds the new
   * primary by itself, since an error 25006 (read-only) makes it distrust all its connections.
   *
   * @defaultValue 'any'
   */
  readonly targetSessionAttrs?: TargetSessionAttrs | undefined
  /**
   * Whether each connection tries the hosts in a random order, so that the load is shared.
   *
   * @defaultValue false
   */
  readonly loadBalanceHosts?: boolean | undefined
  /** The role to log in as. Needed, here or in `url`. */
  readonly user?: string | undefined
  /** The password, if the server asks for one. */
  readonly password?: Password | undefined
  /**
   * The name of the database.
   *
   * @defaultValue the name of the user, as in libpq
   */
  readonly database?: string | undefined
  /**
   * `true` and an object encrypt and check the certificate; `false` does neither. A URL can't weaken this.
   *
   * @defaultValue `false` for localhost, loopback addresses and Unix sockets, else `true`
   */
  readonly ssl?: boolean | TlsOptions | undefined
  /**
   * The ways in which the server may ask for the password; one that asks otherwise is sent nothing.
   *
   * @defaultValue all, to this machine and over verified TLS; else `['scram-sha-256']`, and `'none'` without a password
   */
  readonly requireAuth?: readonly AuthMethod[] | undefined
  /**
   * Whether the server must prove that nobody sits between it and us, beyond its certificate. Needs TLS and SCRAM.
   *
   * @defaultValue 'disable'
   */
  readonly channelBinding?: ChannelBinding | undefined
  /**
   * The longest message (one row, one value) that is read from the server, in bytes (65,536 … 1,073,741,823). A longer
   * one ends the connection with a {@link ProtocolError} instead of ending the process: Node can't hold a string of
   * 512 MiB.
   *
   * @defaultValue 268_435_456
   */
  readonly maxMessageBytes?: number | undefined
  /**
   * The name shown in `pg_stat_activity`: printable ASCII, at most 63 characters.
   *
   * @defaultValue 'async-database'
   */
  readonly applicationName?: string | undefined
  /**
   * `'transaction'` if the server is reached through PgBouncer, or its like, in transaction mode: settings then travel
   * with each transaction, and nothing is sent that outlives one.
   *
   * @defaultValue none: connections lead to PostgreSQL itself
   */
  readonly pooler?: 'transaction' | undefined
  /** The connections. */
  readonly pool?: PoolOptions | undefined
  /** What every session starts with. */
  readonly session?: SessionDefaults | undefined
  /**
   * Whether every statement is logged at `debug`.
   *
   * @defaultValue false
   */
  readonly echo?: boolean | undefined
  /**
   * Whether queries on the database itself (`database.kysely`, `database.begin()`) are refused with
   * {@link ForeignQueryError} where the session in scope has an open transaction: they would not be part of it.
   * `database.scoped.exit()` allows them.
   *
   * @defaultValue `false`
   */
  readonly strictScope?: boolean | undefined
  /** Where the package writes; without one it is silent. */
  readonly logger?: Logger | undefined
  /**
   * Whether parameter values are left out of the log.
   *
   * @defaultValue true
   */
  readonly hideParameters?: boolean | undefined
  /**
   * Statements that take longer are logged at `warn`, in milliseconds (1 … 2³¹−1); 0 switches this off.
   *
   * @defaultValue 500
   */
  readonly slowQueryMillis?: number | undefined
  /**
   * The schema that unqualified names belong to.
   *
   * @defaultValue 'public'
   */
  readonly schema?: string | undefined
}

/** Where to connect and as whom. */
export interface ResolvedConnection {
  /** The servers, in the order in which they are tried. */
  readonly hosts: readonly ResolvedHost[]
  /** Which of them will do. */
  readonly targetSessionAttrs: TargetSessionAttrs
  /** Whether they are tried in a random order. */
  readonly loadBalanceHosts: boolean
  /** The ways in which each of `hosts` may ask for the password. */
  readonly requireAuth: readonly (readonly AuthMethod[])[]
  /** Whether SCRAM must be bound to the TLS connection. */
  readonly channelBinding: ChannelBinding
  /** The longest message that is read from the server, in bytes. */
  readonly maxMessageBytes: number
  /** The role to log in as. */
  readonly user: string
  /** The name of the database. */
  readonly database: string
  /** The password. Not enumerable, and masked wherever it is printed. */
  readonly password: Secret<Password> | undefined
  /** The name shown in `pg_stat_activity`. */
  readonly applicationName: string
  /** Longest time for one attempt to connect, in milliseconds, if the URL set `connect_timeout`. */
  readonly connectTimeoutMillis: number | undefined
}

/** {@link AsyncDatabaseOptions} checked, with every default filled in, frozen. Every key is an own key. */
export interface ResolvedOptions {
  /** Where to connect and as whom. */
  readonly connection: ResolvedConnection
  /** What stands in front of the server. */
  readonly pooler: 'transaction' | undefined
  /** The connections. */
  readonly pool: ResolvedPoolOptions
  /** What every session starts with. */
  readonly session: ResolvedSessionDefaults
  /** Whether every statement is logged at `debug`. */
  readonly echo: boolean
  /** Whether queries beside the open transaction of the session in scope are refused. */
  readonly strictScope: boolean
  /** Where the package writes. */
  readonly logger: Logger | undefined
  /** Whether parameter values are left out of the log. */
  readonly hideParameters: boolean
  /** Statements that take longer are logged at `warn`, in milliseconds; 0 is off. */
  readonly slowQueryMillis: number
  /** The schema that unqualified names belong to. */
  readonly schema: string
}
