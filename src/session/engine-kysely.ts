import { Kysely } from 'kysely'
import type { Engine } from '../engine/engine.js'
import { KyselyDialect } from '../engine/kysely-dialect.js'
import { EngineDriver } from './engine-driver.js'

/**
 * A plain Kysely on an engine: every statement commits by itself. No I/O.
 *
 * @internal
 */
export function engineKysely<DB>(engine: Engine): Kysely<DB> {
  return new Kysely<DB>({ dialect: new KyselyDialect(new EngineDriver(engine)) })
}
