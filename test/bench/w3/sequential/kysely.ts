import type { BenchTables } from '../../item.js'
import { plainKysely } from '../../libraries/kysely.js'
import type { CreateEntrant } from '../../workload.js'
import { readInTurn } from '../read-items.js'

/** Kysely's own transaction. */
export const createEntrant: CreateEntrant = async ({ url, poolSize }) => {
  const kysely = plainKysely<BenchTables>(url, poolSize)
  return {
    run: (input) => kysely.transaction().execute((trx) => readInTurn(trx, input, 5)),
    close: () => kysely.destroy(),
  }
}
