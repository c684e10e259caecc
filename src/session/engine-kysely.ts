import { Kysely } from 'kysely'
import type { Engine } from '../engine/engine.js'
import { KyselyDialect } from '../engine/kysely-dialect.js'
import type { StatementResult } from '../postgres/statement-result.js'
import type { Statement } from '../postgres/statement.js'
import { EngineConnection } from './engine-connection.js'
import { EngineDriver } from './engine-driver.js'
import type { QuerySetup } from './query-setup.js'
import { SessionExecutor } from './session-executor.js'

/**
 * A plain Kysely on an engine: every statement commits by itself. No I/O.
 *
 * @param assertAllowed - Throws where queries beside the session in scope are refused.
 * @internal
 */
export function engineKysely<DB>(engine: Engine, queries: QuerySetup, assertAllowed: () => void): Kysely<DB> {
  const driver = new EngineDriver(engine)
  const dialect = new KyselyDialect(driver, queries.compiler)
  const executeAlone = async (next: Statement): Promise<StatementResult> => {
    assertAllowed()
    const lease = await engine.acquire()
    try {
      return await new EngineConnection(lease, engine).execute(next)
    } finally {
      lease.release()
    }
  }
  const provideConnection = async <T>(
    consumer: (connection: EngineConnection) => Promise<T>,
    options?: { readonly signal?: AbortSignal },
  ): Promise<T> => {
    assertAllowed()
    const connection = await driver.acquireConnection(options)
    try {
      return await consumer(connection)
    } finally {
      await driver.releaseConnection(connection)
    }
  }
  const parts = {
    runner: { execute: executeAlone },
    adapter: dialect.createAdapter(),
    compiler: queries.compiler,
    connectionProvider: { provideConnection },
  }
  const executor = new SessionExecutor(parts, queries.plugins)
  return new Kysely<DB>({ config: { dialect }, dialect, driver, executor })
}
