import type { BenchTables } from '../../item.js'
import { benchDatabase } from '../../libraries/session.js'
import type { CreateEntrant } from '../../workload.js'
import { readInTurn } from '../read-items.js'

/** A session per request. */
export const createEntrant: CreateEntrant = async ({ url, poolSize }) => {
  const database = benchDatabase<BenchTables>(url, poolSize)
  return {
    async run(input) {
      await using session = database.session()
      const items = await readInTurn(session, input, 5)
      await session.commit()
      return items
    },
    close: () => database.close(),
  }
}
