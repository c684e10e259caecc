import type { BenchTables } from '../item.js'
import { benchDatabase } from '../libraries/session.js'
import type { CreateEntrant } from '../workload.js'

/** A session per request, as the README shows it. */
export const createEntrant: CreateEntrant = async ({ url, poolSize }) => {
  const database = benchDatabase<BenchTables>(url, poolSize)
  return {
    async run(id) {
      await using session = database.session()
      const item = await session.selectFrom('item').selectAll().where('id', '=', id).executeTakeFirstOrThrow()
      await session.commit()
      return item
    },
    close: () => database.close(),
  }
}
