import { AsyncDatabase } from '../../../src/index.js'
import type { CreateEntrant } from '../workload.js'
import type { Item } from './item.js'

/** A session per request, as the README shows it. */
export const createEntrant: CreateEntrant = async ({ url, poolSize }) => {
  const database = new AsyncDatabase<{ item: Item }>({
    url,
    pool: { size: poolSize, maxOverflow: 0, idleTimeoutMillis: 0 },
  })
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
