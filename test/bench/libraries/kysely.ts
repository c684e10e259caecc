import { Kysely, PostgresDialect } from 'kysely'
import { pgPool } from './pg.js'

/** Kysely with its own dialect on pg-pool, as its guide sets it up. */
export function plainKysely<DB>(url: string, poolSize: number): Kysely<DB> {
  return new Kysely<DB>({ dialect: new PostgresDialect({ pool: pgPool(url, poolSize) }) })
}
