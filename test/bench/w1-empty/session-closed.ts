import { benchDatabase } from '../libraries/session.js'
import type { CreateEntrant } from '../workload.js'

/** Closed by hand: without what `await using` becomes on Node 20. */
export const createEntrant: CreateEntrant = async ({ url, poolSize }) => {
  const database = benchDatabase(url, poolSize)
  return {
    async run() {
      const session = database.session()
      await session.close()
      return 'done'
    },
    close: () => database.close(),
  }
}
