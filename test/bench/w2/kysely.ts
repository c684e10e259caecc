import { plainKysely } from '../libraries/kysely.js'
import type { CreateEntrant } from '../workload.js'
import type { EntryTables } from './entry.js'
import { writeEntry } from './write-entry.js'

/** Kysely's own transaction. */
export const createEntrant: CreateEntrant = async ({ url, poolSize }) => {
  const kysely = plainKysely<EntryTables>(url, poolSize)
  return {
    run: (input) => kysely.transaction().execute((trx) => writeEntry(trx, input)),
    close: () => kysely.destroy(),
  }
}
