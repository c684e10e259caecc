import type { BenchTables } from '../../item.js'
import { benchDatabase } from '../../libraries/session.js'
import type { CreateEntrant } from '../../workload.js'
import { readPreparedTogether } from '../prepared-items.js'

/** A session per request, and a query that was compiled once. */
export function sessionPreparedTogether(count: number): CreateEntrant {
  return async ({ url, poolSize }) => {
    const database = benchDatabase<BenchTables>(url, poolSize)
    return {
      async run(input) {
        await using session = database.session()
        const items = await readPreparedTogether(session, input, count)
        await session.commit()
        return items
      },
      close: () => database.close(),
    }
  }
}
