import {
  Kysely,
  type DatabaseConnection,
  type KyselyConfig,
  type KyselyPlugin,
  type QueryCompiler,
} from 'kysely'
import { KyselyDialect, kyselyCompiler } from '../engine/kysely-dialect.js'
import { UsageError } from '../errors/usage-error.js'
import type { Metadata } from '../metadata/metadata.js'
import { MappedTables } from './mapping/mapped-tables.js'
import { MappingCompiler } from './mapping/mapping-compiler.js'

/**
 * How queries become SQL: one for each database, shared by its sessions, its views and its plain Kysely.
 *
 * @internal
 */
export class QuerySetup {
  readonly compiler: QueryCompiler
  readonly plugins: readonly KyselyPlugin[]
  /** What Kysely is told about sessions, beside their drivers. */
  readonly dialect: KyselyDialect
  readonly config: KyselyConfig
  #builder: Kysely<never> | undefined

  /**
   * @param metadata - Whose keys queries speak.
   * @param plugins - Of the application.
   */
  constructor(metadata: Metadata, plugins: readonly KyselyPlugin[]) {
    const tables = new MappedTables(metadata)
    // Where every name is its own key, queries pay nothing.
    this.compiler = tables.areSpecial ? new MappingCompiler(tables) : kyselyCompiler
    this.plugins = Object.freeze([...plugins])
    this.dialect = new KyselyDialect(NO_DRIVER, this.compiler)
    this.config = { dialect: this.dialect }
  }

  /** A Kysely that builds and compiles queries and can't run any. */
  get builder(): Kysely<never> {
    this.#builder ??= new Kysely({
      dialect: this.dialect,
      plugins: [...this.plugins],
    })
    return this.#builder
  }
}

const nothing = async (): Promise<void> => {
  // There is never a connection to do this with.
}

const NO_DRIVER = {
  init: nothing,
  beginTransaction: nothing,
  commitTransaction: nothing,
  rollbackTransaction: nothing,
  releaseConnection: nothing,
  destroy: nothing,
  acquireConnection: (): Promise<DatabaseConnection> =>
    Promise.reject(
      new UsageError({
        message: 'A query was run where one is only built',
        hint: 'Return the query from the function given to prepareQuery(), and run it with session.execute().',
      }),
    ),
}
