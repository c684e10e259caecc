import { expect, onTestFinished } from 'vitest'
import type { AsyncDatabaseOptions } from '../../../src/config/async-database-options.js'
import { resolveOptions } from '../../../src/config/resolve-options.js'
import { Engine } from '../../../src/engine/engine.js'
import { pastPooler } from '../../support/via.js'

/**
 * Makes an engine that is closed at the end of the test, and fails the test that leaves a connection on loan.
 *
 * One connection and no overflow, unless the test says otherwise: then who got which connection is certain.
 */
export function openEngine(url: string, options: AsyncDatabaseOptions = {}): Engine {
  const pool = { size: 1, maxOverflow: 0, ...options.pool }
  const engine = new Engine(resolveOptions({ url: pastPooler(url), ...options, pool }))
  onTestFinished(async () => {
    const { inUse, acquired, released } = engine.stats()
    await engine.dispose({ graceMillis: 0 })
    expect({ inUse, unreturned: acquired - released }, 'loans at the end').toEqual({
      inUse: 0,
      unreturned: 0,
    })
  })
  return engine
}
