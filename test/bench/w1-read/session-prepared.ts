import { prepareQuery } from '../../../src/index.js'
import type { Kysely } from 'kysely'
import type { BenchTables } from '../item.js'
import { benchDatabase } from '../libraries/session.js'
import type { CreateEntrant } from '../workload.js'

const byId = prepareQuery<{ id: number }>()((db: Kysely<BenchTables>, param) =>
  db.selectFrom('item').selectAll().where('id', '=', param('id')),
)

/** A session per request, and a query that was compiled once. */
export const createEntrant: CreateEntrant = async ({ url, poolSize }) => {
  const database = benchDatabase<BenchTables>(url, poolSize)
  return {
    async run(id) {
      await using session = database.session()
      const item = (await session.execute(byId, { id })).one()
      await session.commit()
      return item
    },
    close: () => database.close(),
  }
}
