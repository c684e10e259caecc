import { benchDatabase } from '../libraries/session.js'
import type { CreateEntrant } from '../workload.js'
import { CHUNK_ROWS, consume, type WideTables } from './wide-row.js'

/** A session per request. */
export const createEntrant: CreateEntrant = async ({ url, poolSize }) => {
  const database = benchDatabase<WideTables>(url, poolSize)
  return {
    async run() {
      await using session = database.session()
      const query = session.selectFrom('wide').selectAll()
      const result = await consume(session.stream(query, { chunkSize: CHUNK_ROWS }))
      await session.commit()
      return result
    },
    close: () => database.close(),
  }
}
