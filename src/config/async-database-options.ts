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
   * The name shown in `pg_stat_activity`: printable ASCII, at most 63 characters.
   *
   * @defaultValue 'async-database'
   */
  readonly applicationName?: string | undefined
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
  /** A host name, an IP address without brackets, or the directory of a Unix socket. */
  readonly host: string
  /** The port. */
  readonly port: number
  /** The role to log in as. */
  readonly user: string
  /** The name of the database. */
  readonly database: string
  /** The password. Not enumerable, and masked wherever it is printed. */
  readonly password: Secret<Password> | undefined
  /** False for a connection in the clear. */
  readonly ssl: false | TlsOptions
  /** The name shown in `pg_stat_activity`. */
  readonly applicationName: string
  /** Longest time for one attempt to connect, in milliseconds, if the URL set `connect_timeout`. */
  readonly connectTimeoutMillis: number | undefined
}

/** {@link AsyncDatabaseOptions} checked, with every default filled in, frozen. Every key is an own key. */
export interface ResolvedOptions {
  /** Where to connect and as whom. */
  readonly connection: ResolvedConnection
  /** The connections. */
  readonly pool: ResolvedPoolOptions
  /** What every session starts with. */
  readonly session: ResolvedSessionDefaults
  /** Whether every statement is logged at `debug`. */
  readonly echo: boolean
  /** Where the package writes. */
  readonly logger: Logger | undefined
  /** Whether parameter values are left out of the log. */
  readonly hideParameters: boolean
  /** Statements that take longer are logged at `warn`, in milliseconds; 0 is off. */
  readonly slowQueryMillis: number
  /** The schema that unqualified names belong to. */
  readonly schema: string
}
