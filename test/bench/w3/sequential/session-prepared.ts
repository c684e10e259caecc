import type { BenchTables } from '../../item.js'
import { benchDatabase } from '../../libraries/session.js'
import type { CreateEntrant } from '../../workload.js'
import { readPreparedInTurn } from '../prepared-items.js'

/** A session per request, and a query that was compiled once. */
export const createEntrant: CreateEntrant = async ({ url, poolSize }) => {
  const database = benchDatabase<BenchTables>(url, poolSize)
  return {
    async run(input) {
      await using session = database.session()
      const items = await readPreparedInTurn(session, input, 5)
      await session.commit()
      return items
    },
    close: () => database.close(),
  }
}
