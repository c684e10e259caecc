import type { BenchTables } from '../item.js'
import { benchDatabase } from '../libraries/session.js'
import type { CreateEntrant } from '../workload.js'

/** A view for the tenant and a session on it, both made for the request. */
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
      const item = await session.selectFrom('item').selectAll().where('id', '=', id).executeTakeFirstOrThrow()
      await session.commit()
      return item
    },
    close: () => database.close(),
  }
}
