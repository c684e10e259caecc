import type { Kysely, KyselyPlugin } from 'kysely'
import type { AsyncDatabaseOptions } from '../config/async-database-options.js'
import { optionsFromEnv } from '../config/options-from-env.js'
import { resolveOptions } from '../config/resolve-options.js'
import { serverSettings } from '../config/server-settings.js'
import { Engine } from '../engine/engine.js'
import { ConfigurationError, UsageError } from '../errors/usage-error.js'
import { Metadata } from '../metadata/metadata.js'
import { refuseUnknownKeys } from '../metadata/refuse-unknown-keys.js'
import { engineKysely } from '../session/engine-kysely.js'
import { ScopeStorage } from '../session/scope-storage.js'
import { Mapper } from '../unit-of-work/mapper.js'
import { QuerySetup } from '../session/query-setup.js'
import { SessionFactory } from '../session/session-factory.js'
import { SessionPlan } from '../session/session-plan.js'
import type { CreateAllOptions } from './create-all-options.js'
import { DatabaseView } from './database-view.js'
import type { DropAllOptions } from './drop-all-options.js'
import type { DdlProgress } from './run-ddl.js'
import { createMissing, dropExisting, type CreateReport, type SchemaRun } from './schema-run.js'

/** How long `createAll` and `dropAll` wait for another instance, in milliseconds. */
const LOCK_TIMEOUT_MILLIS = 60_000

/** {@link AsyncDatabaseOptions} and the declared tables. */
export interface DatabaseOptions extends AsyncDatabaseOptions {
  /**
   * The declared tables. Its schema becomes the default of every connection.
   *
   * @defaultValue an empty metadata in `schema`
   */
  readonly metadata?: Metadata | undefined
  /**
   * Kysely plugins for every session and for `kysely`, such as `new CamelCasePlugin()`. Tracked objects do not use them.
   *
   * @defaultValue none
   */
  readonly plugins?: readonly KyselyPlugin[] | undefined
}

function checkedPlugins(plugins: readonly KyselyPlugin[]): readonly KyselyPlugin[] {
  const flawed = plugins.findIndex((plugin: Partial<KyselyPlugin> | undefined) => {
    return typeof plugin?.transformQuery !== 'function' || typeof plugin.transformResult !== 'function'
  })
  if (flawed === -1) return plugins
  throw new ConfigurationError({
    message: `plugins[${flawed}] is no Kysely plugin`,
    hint: 'Pass objects with transformQuery() and transformResult(), such as new CamelCasePlugin().',
  })
}

/**
 * A PostgreSQL database as a program sees it: the engine, the sessions on it, and the declared tables.
 *
 * Make one for each database and keep it; making it does no I/O.
 *
 * @example
 * ```ts
 * import { AsyncDatabase } from 'async-database'
 *
 * interface DB { person: { id: number; name: string } }
 *
 * await using database = new AsyncDatabase<DB>({ url: process.env['DATABASE_URL'], pool: { size: 20 } })
 * await database.begin((session) => session.insertInto('person').values({ id: 1, name: 'Ada' }).execute())
 * ```
 * @see SQLAlchemy 2.0, `create_async_engine` and `async_sessionmaker`
 */
export class AsyncDatabase<DB> extends DatabaseView<DB> implements AsyncDisposable {
  /** Owner of the connections. */
  readonly engine: Engine
  /** The declared tables. */
  readonly metadata: Metadata
  /**
   * A Kysely outside any session: every statement takes a connection and commits by itself. For reports, health
   * checks and code that wants a plain Kysely; its `transaction()` has the gates of a session.
   */
  readonly kysely: Kysely<DB>

  /**
   * @param options - Where to connect, how many connections, the metadata.
   * @throws {@link ConfigurationError} if an option is unknown, missing, of another type or out of range.
   */
  constructor(options: DatabaseOptions) {
    const { metadata, plugins = [], ...others } = options
    const schema = others.schema ?? metadata?.schema ?? 'public'
    if (metadata !== undefined && metadata.schema !== schema) {
      throw new UsageError({
        message: `The option schema is ${JSON.stringify(schema)}, and the metadata's schema is ${JSON.stringify(metadata.schema)}`,
        hint: 'Leave out one of the two.',
      })
    }
    const resolved = resolveOptions({ ...others, schema }, ['metadata', 'plugins'])
    const engine = new Engine(resolved)
    const declared = metadata ?? new Metadata({ schema })
    const queries = new QuerySetup(declared, checkedPlugins(plugins))
    const storage = new ScopeStorage<DB>(resolved.strictScope)
    let mapper: Mapper | undefined
    const plan = new SessionPlan(
      {},
      {
        ...resolved.session,
        serverSettings: resolved.pooler === undefined ? undefined : serverSettings(resolved),
      },
    )
    // The mapper is made when the first session tracks an object: many programs never do.
    super(
      new SessionFactory<DB>({
        engine,
        plan,
        mapper: () => (mapper ??= new Mapper(declared, () => engine.serverVersion)),
        queries,
      }),
      storage,
    )
    engine.sessionInScope = () => storage.session?.id
    this.metadata = declared
    this.engine = engine
    this.kysely = engineKysely<DB>(this.engine, queries, () => {
      storage.assertNotForeign('A query on database.kysely')
    })
  }

  /**
   * Makes a database from the environment: `DATABASE_URL`, or `POSTGRES_USER`, `POSTGRES_PASSWORD`, `POSTGRES_HOST`,
   * `POSTGRES_PORT` and `POSTGRES_DB`, or libpq's `PG…`; and `DB_SCHEMA`. No I/O.
   *
   * @param options - What the environment does not say; wins over it. A `url` replaces all of its connection settings,
   * a `metadata` its schema.
   * @throws {@link ConfigurationError} if a variable is missing or malformed; it is named, its value is not shown.
   */
  static fromEnv<DB>(options: DatabaseOptions = {}): AsyncDatabase<DB> {
    const isUserGiven = options.user !== undefined || options.url !== undefined
    const { schema, ...server } = optionsFromEnv(process.env, isUserGiven)
    return new AsyncDatabase<DB>({
      ...(options.url === undefined && server),
      schema: options.metadata === undefined ? schema : undefined,
      ...options,
    })
  }

  /**
   * Creates the schemas, types, tables and other objects of the metadata that are missing, in one transaction.
   *
   * Safe when several do it at once; see {@link initializeDatabase} for a server that may not be up yet. Fifty statements
   * leave in one round trip.
   *
   * @param options - Whether to look first at what is there, and who is told of progress.
   * @returns What was created and what was there.
   * @throws {@link InitializationError} naming the object that was refused; nothing is kept then.
   * @throws {@link ConfigurationError} if an option is unknown, or the metadata uses what the server is too old for.
   * @throws {@link OperationalError} if the server can't be reached.
   * @example
   * ```ts
   * await database.createAll({ onProgress: (done, total) => console.log(`${done} of ${total}`) })
   * ```
   * @see SQLAlchemy 2.0, `MetaData.create_all`
   */
  async createAll(options: CreateAllOptions = {}): Promise<CreateReport> {
    refuseUnknownKeys(options, ['checkFirst', 'onProgress'], 'createAll()')
    return await createMissing({ ...this.#schemaRun(options.onProgress), checkFirst: options.checkFirst })
  }

  /**
   * Drops the tables, types and other objects of the metadata, with all their rows, in one transaction.
   *
   * @param options - Whether extensions and schemas are dropped too, and who is told of progress.
   * @returns The names of what was dropped, whether or not it was there.
   * @throws {@link InitializationError} naming the object that was refused; nothing is dropped then.
   * @throws {@link ConfigurationError} if an option is unknown.
   * @throws {@link OperationalError} if the server can't be reached.
   */
  async dropAll(options: DropAllOptions = {}): Promise<readonly string[]> {
    refuseUnknownKeys(options, ['extensions', 'schemas', 'onProgress'], 'dropAll()')
    return await dropExisting(this.#schemaRun(options.onProgress), options)
  }

  /**
   * Closes all connections: new work and those who wait are refused at once, holders get some time to end.
   *
   * @param options - `graceMillis`: how long holders may go on, in milliseconds. Default 10,000.
   * @returns When every connection is closed; the same promise for every call. Never rejects.
   */
  close(options: { readonly graceMillis?: number | undefined } = {}): Promise<void> {
    return this.engine.dispose(options)
  }

  /** Ends an `await using` block: {@link AsyncDatabase.close}. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  #schemaRun(onProgress: DdlProgress | undefined): SchemaRun<DB> {
    const nothing = (): void => undefined
    return {
      sessions: this.sessions,
      metadata: this.metadata,
      serverVersion: () => this.engine.serverVersion,
      lockTimeoutMillis: LOCK_TIMEOUT_MILLIS,
      onLocked: nothing,
      onProgress: onProgress ?? nothing,
    }
  }
}
