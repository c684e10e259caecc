import {
  PostgresAdapter,
  PostgresIntrospector,
  type DatabaseIntrospector,
  type Dialect,
  type DialectAdapter,
  type Driver,
  type Kysely,
  type QueryCompiler,
} from 'kysely'
import { KyselyCompiler } from './kysely-compiler.js'

/** Kysely's adapter for PostgreSQL; one of each serves all sessions, for neither keeps anything. @internal */
export const kyselyAdapter: DialectAdapter = new PostgresAdapter()

/** The compiler of databases whose names and types Kysely knows; it keeps nothing between queries. @internal */
export const kyselyCompiler: QueryCompiler = new KyselyCompiler()

/**
 * Kysely's PostgreSQL dialect over a driver of this package.
 *
 * @internal
 */
export class KyselyDialect implements Dialect {
  readonly #driver: Driver
  readonly #compiler: QueryCompiler

  constructor(driver: Driver, compiler: QueryCompiler) {
    this.#driver = driver
    this.#compiler = compiler
  }

  createAdapter(): DialectAdapter {
    return kyselyAdapter
  }

  createDriver(): Driver {
    return this.#driver
  }

  createIntrospector(db: Kysely<unknown>): DatabaseIntrospector {
    return new PostgresIntrospector(db)
  }

  createQueryCompiler(): QueryCompiler {
    return this.#compiler
  }
}
