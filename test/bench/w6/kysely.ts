import { Kysely, PostgresDialect } from 'kysely'
import Cursor from 'pg-cursor'
import { pgPool } from '../libraries/pg.js'
import type { CreateEntrant } from '../workload.js'
import { CHUNK_ROWS, consume, type WideTables } from './wide-row.js'

/** Kysely's own stream, which reads through pg-cursor, in a transaction like the others. */
export const createEntrant: CreateEntrant = async ({ url, poolSize }) => {
  const dialect = new PostgresDialect({ pool: pgPool(url, poolSize), cursor: Cursor })
  const kysely = new Kysely<WideTables>({ dialect })
  return {
    run: () =>
      kysely.transaction().execute((trx) => consume(trx.selectFrom('wide').selectAll().stream(CHUNK_ROWS))),
    close: () => kysely.destroy(),
  }
}
