import type { BenchTables } from '../item.js'
import { plainKysely } from '../libraries/kysely.js'
import type { CreateEntrant } from '../workload.js'

/** Kysely's own transaction. */
export const createEntrant: CreateEntrant = async ({ url, poolSize }) => {
  const kysely = plainKysely<BenchTables>(url, poolSize)
  return {
    run: (id) =>
      kysely
        .transaction()
        .execute((trx) => trx.selectFrom('item').selectAll().where('id', '=', id).executeTakeFirstOrThrow()),
    close: () => kysely.destroy(),
  }
}
