import type { Request, RequestHandler } from 'express'
import type { AsyncDatabase } from '../../database/async-database.js'
import { UsageError } from '../../errors/usage-error.js'
import type { Session } from '../../session/session.js'
import { HeldResponse } from '../held-response.js'
import type { RequestDatabase } from '../registered-database.js'
import type { RequestSessionOptions } from '../request-session-options.js'
import { RequestSessionRule } from '../request-session-rule.js'
import { RequestSession } from '../request-session.js'
import { watchResponse } from '../watch-response.js'

declare global {
  // The place that Express names for what middleware adds to a request.
  // eslint-disable-next-line @typescript-eslint/no-namespace
  namespace Express {
    interface Request {
      /** The session of this request; `requestSession()` of `async-database/express` puts it here. */
      db: Session<RequestDatabase>
      /** Aborted when the client goes away before the response is finished. */
      readonly abortSignal: AbortSignal
    }
  }
}

/**
 * Gives every request a session: `req.db`, and `database.scoped.current()` in all that the request starts.
 *
 * A request that does not use it costs no connection and no round trip. The session ends with the response: committed
 * or rolled back by the policy, its connection given back. When the client goes away the running statement is
 * cancelled, the transaction rolled back, `req.abortSignal` aborted, and later statements are refused.
 *
 * With `'on-success'` the response is held until COMMIT was answered; if that fails, the error goes to the
 * application's error handlers, and they can't answer with less than 400. Register it before middleware that may fail
 * while it sends, such as one that saves a session of its own: what wraps a response last acts first.
 *
 * Works with Express 5 and 4; under 4 pass the failures of async handlers to `next()`, as always there. It does not close the database: call `database.close()` after the server was closed.
 *
 * @param database - Where the sessions come from.
 * @param options - Who commits, and what transactions begin with; that may be a function of the request.
 * @returns Middleware for `app.use()`. It passes a {@link UsageError} on if a request meets it twice.
 * @throws {@link ConfigurationError} if an option is unknown or out of range.
 * @example
 * ```ts
 * import express from 'express'
 * import { requestSession } from 'async-database/express'
 *
 * const app = express()
 * app.use(requestSession(database, { policy: 'on-success' }))
 * app.get('/people', async (req, res) => {
 *   res.json(await req.db.selectFrom('person').select(['name']).execute())
 * })
 * ```
 */
export function requestSession<DB>(
  database: AsyncDatabase<DB>,
  options: RequestSessionOptions<Request> = {},
): RequestHandler {
  const rule = new RequestSessionRule(database, options)
  return (req, res, next) => {
    if ('db' in req) {
      next(
        new UsageError({
          message: `${req.method} ${req.originalUrl} has a req.db already`,
          hint: 'Register requestSession() once for each path, or on two routers side by side.',
        }),
      )
      return
    }
    const request = new RequestSession(rule, req)
    Object.defineProperties(req, {
      db: { value: request.session, enumerable: true, configurable: true },
      abortSignal: { get: () => request.signal, enumerable: true, configurable: true },
    })
    new HeldResponse(res, {
      onStart: (start) => request.respond(start),
      onEnd: () => request.end(),
      onTakenBack: next,
    })
    watchResponse(res, request)
    request.run(next)
  }
}
