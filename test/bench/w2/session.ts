import { benchDatabase } from '../libraries/session.js'
import type { CreateEntrant } from '../workload.js'
import type { EntryTables } from './entry.js'
import { writeEntry } from './write-entry.js'

/** A session per request. */
export const createEntrant: CreateEntrant = async ({ url, poolSize }) => {
  const database = benchDatabase<EntryTables>(url, poolSize)
  return {
    async run(input) {
      await using session = database.session()
      const entry = await writeEntry(session, input)
      await session.commit()
      return entry
    },
    close: () => database.close(),
  }
}
