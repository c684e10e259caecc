import { prepareQuery } from '../../../src/index.js'
import type { Kysely } from 'kysely'
import type { BenchTables } from '../item.js'
import { benchDatabase } from '../libraries/session.js'
import type { CreateEntrant } from '../workload.js'

const byId = prepareQuery<{ id: number }>()((db: Kysely<BenchTables>, param) =>
  db.selectFrom('item').selectAll().where('id', '=', param('id')),
)

/** A query that was compiled once, in an autocommit session of its own. */
export const createEntrant: CreateEntrant = async ({ url, poolSize }) => {
  const database = benchDatabase<BenchTables>(url, poolSize)
  return {
    run: async (id) => (await database.execute(byId, { id })).one(),
    close: () => database.close(),
  }
}
