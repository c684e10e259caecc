import { AsyncDatabase, initializeDatabase, type InitializationReport, type Logger } from 'async-database'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expressApp } from './express.js'
import { fastifyApp } from './fastify.js'
import { metadata, type DB } from './tables.js'

/** The frameworks the application is written for. */
export const FRAMEWORKS = ['fastify', 'express'] as const
export type Framework = (typeof FRAMEWORKS)[number]

/** The application, serving. */
export interface Service {
  readonly url: string
  readonly database: AsyncDatabase<DB>
  readonly report: InitializationReport
  /** Stops listening, lets requests end, closes the database. */
  stop(): Promise<void>
}

/** Reads FRAMEWORK; Fastify if it is not set. */
export function chosenFramework(): Framework {
  const wanted = process.env['FRAMEWORK']?.toLowerCase() || 'fastify'
  const framework = FRAMEWORKS.find((name) => name === wanted)
  if (framework === undefined)
    throw new Error(`FRAMEWORK is "${wanted}"; it may be ${FRAMEWORKS.join(' or ')}.`)
  return framework
}

/** What happens, a line each; what went wrong, in full. A service would pass pino here. */
const logger: Logger = {
  debug: () => undefined,
  info: (_fields, message) => {
    console.log(message)
  },
  warn: console.warn,
  error: console.error,
}

/** Makes the database ready and serves the application on a port of this machine; 0 finds a free one. */
export async function startService(
  framework: Framework,
  options: { readonly url: string; readonly schema?: string; readonly port?: number },
): Promise<Service> {
  const { url, schema = metadata.schema, port = 0 } = options
  const database = new AsyncDatabase<DB>({ url, metadata: metadata.inSchema(schema), logger })
  try {
    const report = await initializeDatabase(database)
    const served =
      framework === 'fastify' ? await serveFastify(database, port) : await serveExpress(database, port)
    return { database, report, ...served }
  } catch (error) {
    await database.close()
    throw error
  }
}

async function serveFastify(database: AsyncDatabase<DB>, port: number) {
  const app = await fastifyApp(database)
  const url = await app.listen({ port, host: '127.0.0.1' })
  return { url, stop: () => app.close() }
}

async function serveExpress(database: AsyncDatabase<DB>, port: number) {
  const server = createServer(expressApp(database)).listen(port, '127.0.0.1')
  await once(server, 'listening')
  const url = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`
  const stop = async (): Promise<void> => {
    server.close()
    server.closeIdleConnections()
    await once(server, 'close')
    await database.close()
  }
  return { url, stop }
}
