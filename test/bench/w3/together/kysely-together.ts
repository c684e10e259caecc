import type { BenchTables } from '../../item.js'
import { plainKysely } from '../../libraries/kysely.js'
import type { CreateEntrant } from '../../workload.js'
import { readTogether } from '../read-items.js'

/** Kysely's own transaction. */
export function kyselyTogether(count: number): CreateEntrant {
  return async ({ url, poolSize }) => {
    const kysely = plainKysely<BenchTables>(url, poolSize)
    return {
      run: (input) => kysely.transaction().execute((trx) => readTogether(trx, input, count)),
      close: () => kysely.destroy(),
    }
  }
}
