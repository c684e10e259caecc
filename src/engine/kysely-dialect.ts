import {
  PostgresAdapter,
  PostgresIntrospector,
  PostgresQueryCompiler,
  type DatabaseIntrospector,
  type Dialect,
  type DialectAdapter,
  type Driver,
  type Kysely,
  type QueryCompiler,
} from 'kysely'

/** One of each serves all sessions: neither keeps anything between queries. */
const adapter = new PostgresAdapter()
const compiler = new PostgresQueryCompiler()

/**
 * Kysely's PostgreSQL dialect over a driver of this package.
 *
 * @internal
 */
export class KyselyDialect implements Dialect {
  readonly #driver: Driver

  constructor(driver: Driver) {
    this.#driver = driver
  }

  createAdapter(): DialectAdapter {
    return adapter
  }

  createDriver(): Driver {
    return this.#driver
  }

  createIntrospector(db: Kysely<unknown>): DatabaseIntrospector {
    return new PostgresIntrospector(db)
  }

  createQueryCompiler(): QueryCompiler {
    return compiler
  }
}
