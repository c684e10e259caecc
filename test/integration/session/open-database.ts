import type { Generated } from 'kysely'
import { expect, onTestFinished } from 'vitest'
import { via } from '../../support/via.js'
import { AsyncDatabase, type DatabaseOptions } from '../../../src/database/async-database.js'

/** The tables of the template database, as Kysely sees them. */
export interface TestTables {
  person: { id: Generated<bigint>; name: string; email: string | null; created_at: Generated<Date> }
  account: { id: number; balance: number }
}

/**
 * Opens the database under test for the running test.
 *
 * When the test ends no connection may be lent any more and nobody may be in line; the test that leaves one fails.
 */
export function openDatabase(
  url: string,
  options: Omit<DatabaseOptions, 'url'> = {},
): AsyncDatabase<TestTables> {
  return openAt(via(url), options)
}

/** The same, exactly there: not by the way that this run goes to the server. */
export function openAt(
  where: ReturnType<typeof via>,
  options: Omit<DatabaseOptions, 'url'> = {},
): AsyncDatabase<TestTables> {
  const database = new AsyncDatabase<TestTables>({ ...where, ...options })
  onTestFinished(async () => {
    const { inUse, waiting, acquired, released } = database.engine.stats()
    await database.close({ graceMillis: 0 })
    expect({ inUse, waiting, unreturned: acquired - released }).toEqual({
      inUse: 0,
      waiting: 0,
      unreturned: 0,
    })
  })
  return database
}
