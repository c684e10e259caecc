import type { BenchTables } from '../../item.js'
import { benchDatabase } from '../../libraries/session.js'
import type { CreateEntrant } from '../../workload.js'
import { readTogether } from '../read-items.js'

/** A session per request. */
export function sessionTogether(count: number): CreateEntrant {
  return async ({ url, poolSize }) => {
    const database = benchDatabase<BenchTables>(url, poolSize)
    return {
      async run(input) {
        await using session = database.session()
        const items = await readTogether(session, input, count)
        await session.commit()
        return items
      },
      close: () => database.close(),
    }
  }
}
