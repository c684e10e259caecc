import type { Session } from 'async-database'
import { requestSession } from 'async-database/fastify'
import Fastify from 'fastify'
import type { DB, Framework } from './framework.js'

/** Fastify, wired as an application would wire it. */
export const fastifyFramework: Framework = {
  name: 'Fastify',
  async serve(database, options, handle) {
    const errors: unknown[] = []
    const app = Fastify({ forceCloseConnections: true })
    await app.register(requestSession, { database, closeDatabase: false, ...options })
    app.setErrorHandler((error: Error, _request, reply) => {
      errors.push(error)
      return reply.code(500).send({ failure: error.name })
    })
    app.all('/*', async (request, reply) => {
      const db = request.db as unknown as Session<DB>
      const { json, stream, status, headers } = await handle({
        db,
        signal: request.abortSignal,
        path: request.url,
        body: request.body,
      })
      void reply.code(status ?? 200).headers(headers ?? {})
      return reply.send(stream ?? json)
    })
    const url = await app.listen({ port: 0, host: '127.0.0.1' })
    return { errors, url, [Symbol.asyncDispose]: () => app.close() }
  },
}
