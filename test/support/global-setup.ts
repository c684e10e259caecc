import type { TestProject } from 'vitest/node'
import { startPostgres } from '../../src/testing/start-postgres.js'
import { startVia } from './start-via.js'
import { TEMPLATE_SCHEMA } from './template-schema.js'
import { executeOnce, temporaryDatabase } from './temporary-database.js'
import type { Via } from './via-kind.js'

declare module 'vitest' {
  interface ProvidedContext {
    /** URL of the server's maintenance database. Tests work in a copy of the template: see `cloneDatabase`. */
    databaseUrl: string
    /** Name of the template database. */
    templateName: string
    /** The server's major version, such as 18. */
    serverVersion: number
    /** What stands between the tests and the server; see `via`. */
    via: Via | undefined
  }
}

/**
 * Starts one PostgreSQL for the whole run and builds the template database.
 *
 * POSTGRES_BIN_DIRECTORY runs the same tests on another version, e.g. `/usr/lib/postgresql/15/bin`. TEST_VIA puts
 * `pgbouncer` or a `one-byte` proxy in front of it, for the tests that ask `via` for the way.
 */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const server = await startPostgres({
    binDirectory: process.env['POSTGRES_BIN_DIRECTORY'] || undefined,
    logger: (line) => {
      process.stderr.write(`[${project.name || 'tests'}] ${line}\n`)
    },
  })
  try {
    const template = await temporaryDatabase(server.url)
    await executeOnce(template.url, TEMPLATE_SCHEMA)
    project.provide('databaseUrl', server.url)
    project.provide('templateName', template.name)
    project.provide('serverVersion', Number.parseInt(server.version))
    const between = await startVia(process.env['TEST_VIA'], server.url)
    project.provide('via', between.via)
    return async () => {
      await between.stop()
      await template.drop()
      await server.stop()
    }
  } catch (error) {
    await server.stop()
    throw error
  }
}
