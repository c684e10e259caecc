import type { BenchTables } from '../item.js'
import { benchDatabase } from '../libraries/session.js'
import type { CreateEntrant } from '../workload.js'

/** The Kysely outside sessions. */
export const createEntrant: CreateEntrant = async ({ url, poolSize }) => {
  const database = benchDatabase<BenchTables>(url, poolSize)
  return {
    run: (id) =>
      database.kysely.selectFrom('item').selectAll().where('id', '=', id).executeTakeFirstOrThrow(),
    close: () => database.close(),
  }
}
