import type { Item } from '../item.js'
import { postgresJs } from '../libraries/postgres.js'
import type { CreateEntrant } from '../workload.js'

/** postgres.js and its own transaction. */
export const createEntrant: CreateEntrant = async ({ url, poolSize }) => {
  const sql = postgresJs(url, poolSize)
  return {
    run: (id) => sql.begin(async (trx) => (await trx<Item[]>`select * from item where id = ${id}`)[0]),
    close: () => sql.end(),
  }
}
