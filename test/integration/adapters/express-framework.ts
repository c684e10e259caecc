import express, { type ErrorRequestHandler } from 'express'
import type { Session } from 'async-database'
import { requestSession } from 'async-database/express'
import { pipeline } from 'node:stream'
import type { DB, Framework } from './framework.js'
import { listen } from './listen.js'

/** Express, wired as an application would wire it. */
export const expressFramework: Framework = {
  name: 'Express',
  async serve(database, options, handle) {
    const errors: unknown[] = []
    const app = express()
    app.set('etag', false)
    app.use(requestSession(database, options))
    app.use(express.json())
    app.use(async (req, res) => {
      const db = req.db as unknown as Session<DB>
      const { json, stream, status, headers } = await handle({
        db,
        signal: req.abortSignal,
        path: req.path,
        body: req.body,
      })
      res.status(status ?? 200).set(headers ?? {})
      if (stream === undefined) res.json(json)
      else pipeline(stream, res, () => undefined)
    })
    const onError: ErrorRequestHandler = (error, _req, res, next) => {
      errors.push(error)
      if (res.headersSent) next(error)
      else res.status(500).json({ failure: (error as Error).name })
    }
    app.use(onError)
    return { errors, ...(await listen(app)) }
  },
}
