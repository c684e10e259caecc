import { keysOf, type Item } from '../../item.js'
import { postgresJs } from '../../libraries/postgres.js'
import type { CreateEntrant } from '../../workload.js'

/** postgres.js and its own transaction. */
export const createEntrant: CreateEntrant = async ({ url, poolSize }) => {
  const sql = postgresJs(url, poolSize)
  return {
    run: (input) =>
      sql.begin(async (trx) => {
        const items: Item[] = []
        for (const id of keysOf(input, 5)) {
          items.push((await trx<Item[]>`select * from item where id = ${id}`)[0]!)
        }
        return items
      }),
    close: () => sql.end(),
  }
}
