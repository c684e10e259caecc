import { prepareQuery } from '../../../src/index.js'
import type { Kysely } from 'kysely'
import type { BenchTables } from '../item.js'
import { benchDatabase } from '../libraries/session.js'
import type { CreateEntrant } from '../workload.js'

const byId = prepareQuery<{ id: number }>()((db: Kysely<BenchTables>, param) =>
  db.selectFrom('item').selectAll().where('id', '=', param('id')),
)

/** A view for the tenant and a session on it, both made for the request, and a query that was compiled once. */
export const createEntrant: CreateEntrant = async ({ url, poolSize }) => {
  const database = benchDatabase<BenchTables>(url, poolSize)
  return {
    async run(id) {
      const tenant = database.with({
        schema: 'tenant_a',
        role: 'bench_tenant',
        settings: { 'app.tenant_id': 'a' },
        statementTimeoutMillis: 5_000,
      })
      await using session = tenant.session()
      const item = (await session.execute(byId, { id })).one()
      await session.commit()
      return item
    },
    close: () => database.close(),
  }
}
