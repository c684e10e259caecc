import { keysOf, type Item } from '../../item.js'
import { postgresJs } from '../../libraries/postgres.js'
import type { CreateEntrant } from '../../workload.js'

/** postgres.js, which pipelines them. */
export function postgresTogether(count: number): CreateEntrant {
  return async ({ url, poolSize }) => {
    const sql = postgresJs(url, poolSize)
    return {
      run: (input) =>
        sql.begin(async (trx) => {
          const results = await Promise.all(
            keysOf(input, count).map((id) => trx<Item[]>`select * from item where id = ${id}`),
          )
          return results.map(([item]) => item)
        }),
      close: () => sql.end(),
    }
  }
}
