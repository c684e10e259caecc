import Cursor from 'pg-cursor'
import { pgPool, pgTransaction } from '../libraries/pg.js'
import type { CreateEntrant } from '../workload.js'
import { CHUNK_ROWS, consume, TEXT, type WideRow } from './wide-row.js'

/** By hand on pg with pg-cursor. */
export const createEntrant: CreateEntrant = async ({ url, poolSize }) => {
  const pool = pgPool(url, poolSize)
  return {
    run: () =>
      pgTransaction(pool, async (client) => {
        const cursor = client.query(new Cursor<WideRow>(TEXT))
        return await consume(rowsOf(cursor))
      }),
    close: () => pool.end(),
  }
}

async function* rowsOf(cursor: Cursor<WideRow>): AsyncGenerator<WideRow, void, void> {
  try {
    for (;;) {
      const rows = await cursor.read(CHUNK_ROWS)
      if (rows.length === 0) return
      yield* rows
    }
  } finally {
    await cursor.close()
  }
}
