import { postgresJs } from '../libraries/postgres.js'
import type { CreateEntrant } from '../workload.js'
import { CHUNK_ROWS, consume, type WideRow } from './wide-row.js'

/** postgres.js and its cursor, in a transaction like the others. */
export const createEntrant: CreateEntrant = async ({ url, poolSize }) => {
  const sql = postgresJs(url, poolSize)
  return {
    run: () => sql.begin((trx) => consume(rowsOf(trx<WideRow[]>`select * from wide`.cursor(CHUNK_ROWS)))),
    close: () => sql.end(),
  }
}

async function* rowsOf(chunks: AsyncIterable<readonly WideRow[]>): AsyncGenerator<WideRow, void, void> {
  for await (const rows of chunks) yield* rows
}
