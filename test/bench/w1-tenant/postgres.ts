import type { Item } from '../item.js'
import { postgresJs } from '../libraries/postgres.js'
import type { CreateEntrant } from '../workload.js'

/** postgres.js, which pipelines the statements of a transaction that are started together. */
export const createEntrant: CreateEntrant = async ({ url, poolSize }) => {
  const sql = postgresJs(url, poolSize)
  return {
    async run(id) {
      const results = await sql.begin((trx) => [
        trx`set local search_path to tenant_a`,
        trx`set local role bench_tenant`,
        trx`select set_config('app.tenant_id', ${'a'}, true)`,
        trx`set local statement_timeout to 5000`,
        trx<Item[]>`select * from item where id = ${id}`,
      ])
      return results[4]?.[0]
    },
    close: () => sql.end(),
  }
}
