import QueryStream from 'pg-query-stream'
import { pgPool, pgTransaction } from '../libraries/pg.js'
import type { CreateEntrant } from '../workload.js'
import { CHUNK_ROWS, consume, TEXT, type WideRow } from './wide-row.js'

/** By hand on pg with pg-query-stream. */
export const createEntrant: CreateEntrant = async ({ url, poolSize }) => {
  const pool = pgPool(url, poolSize)
  return {
    run: () =>
      pgTransaction(pool, async (client) => {
        const stream = client.query(new QueryStream(TEXT, [], { batchSize: CHUNK_ROWS }))
        return await consume(stream as AsyncIterable<WideRow>)
      }),
    close: () => pool.end(),
  }
}
