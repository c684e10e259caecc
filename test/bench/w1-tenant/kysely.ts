import { sql } from 'kysely'
import type { BenchTables } from '../item.js'
import { plainKysely } from '../libraries/kysely.js'
import type { CreateEntrant } from '../workload.js'

/** Kysely's own transaction, one statement after the other. */
export const createEntrant: CreateEntrant = async ({ url, poolSize }) => {
  const kysely = plainKysely<BenchTables>(url, poolSize)
  return {
    run: (id) =>
      kysely.transaction().execute(async (trx) => {
        await sql`set local search_path to ${sql.id('tenant_a')}`.execute(trx)
        await sql`set local role ${sql.id('bench_tenant')}`.execute(trx)
        await sql`select set_config('app.tenant_id', ${'a'}, true)`.execute(trx)
        await sql`set local statement_timeout to 5000`.execute(trx)
        return await trx.selectFrom('item').selectAll().where('id', '=', id).executeTakeFirstOrThrow()
      }),
    close: () => kysely.destroy(),
  }
}
