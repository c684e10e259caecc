import { withSession } from '../../../examples/adapters/node-http.js'
import { pipeline } from 'node:stream'
import { text } from 'node:stream/consumers'
import type { Framework } from './framework.js'
import { listen } from './listen.js'

/** Plain `node:http` with the adapter of the examples, which is made of the parts of `async-database/adapters`. */
export const nodeHttpFramework: Framework = {
  name: 'an adapter of one’s own',
  async serve(database, options, handle) {
    const errors: unknown[] = []
    const listener = withSession(
      database,
      {
        async handle({ request, response, db, signal }) {
          const body = await text(request)
          const path = request.url ?? '/'
          const { json, stream, status, headers } = await handle({
            db,
            signal,
            path,
            body: body === '' ? undefined : (JSON.parse(body) as unknown),
          })
          response.statusCode = status ?? 200
          for (const [name, value] of Object.entries(headers ?? {})) response.setHeader(name, value)
          if (stream === undefined) response.end(JSON.stringify(json))
          else pipeline(stream, response, () => undefined)
        },
        onError(error, response) {
          errors.push(error)
          const body = JSON.stringify({ failure: (error as Error).name })
          response.writeHead(500, { 'content-length': Buffer.byteLength(body) }).end(body)
        },
      },
      options,
    )
    return { errors, ...(await listen(listener)) }
  },
}
