import { benchDatabase } from '../libraries/session.js'
import type { CreateEntrant } from '../workload.js'

/** Closed by `await using`. */
export const createEntrant: CreateEntrant = async ({ url, poolSize }) => {
  const database = benchDatabase(url, poolSize)
  return {
    async run() {
      await using session = database.session()
      return session.inTransaction ? 'begun' : 'done'
    },
    close: () => database.close(),
  }
}
