import type { BenchTables } from '../item.js'
import { plainKysely } from '../libraries/kysely.js'
import type { CreateEntrant } from '../workload.js'

/** Kysely with its own dialect. */
export const createEntrant: CreateEntrant = async ({ url, poolSize }) => {
  const kysely = plainKysely<BenchTables>(url, poolSize)
  return {
    run: (id) => kysely.selectFrom('item').selectAll().where('id', '=', id).executeTakeFirstOrThrow(),
    close: () => kysely.destroy(),
  }
}
