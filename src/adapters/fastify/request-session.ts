import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify'
import type { AsyncDatabase } from '../../database/async-database.js'
import type { Session } from '../../session/session.js'
import type { RequestDatabase } from '../registered-database.js'
import type { RequestSessionOptions } from '../request-session-options.js'
import { RequestSessionRule } from '../request-session-rule.js'
import { RequestSession, type ResponseStart } from '../request-session.js'
import { STALE_HEADERS } from '../stale-headers.js'
import { watchResponse } from '../watch-response.js'

declare module 'fastify' {
  interface FastifyRequest {
    /** The session of this request; the plugin `requestSession` of `async-database/fastify` puts it here. */
    db: Session<RequestDatabase>
    /**
     * Aborted when the client goes away before the response is finished.
     *
     * Fastify's own `signal` (5.12) is aborted by Node's 'close' of the request, and so by a body that has been read.
     */
    readonly abortSignal: AbortSignal
  }
}

/** Options of the plugin {@link requestSession}. */
export interface RequestSessionPluginOptions extends RequestSessionOptions<FastifyRequest> {
  /** Where the sessions come from. */
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- the plugin serves whatever database it is given.
  readonly database: AsyncDatabase<any>
  /**
   * Whether `app.close()` closes the database too, after the hooks of plugins that were registered later.
   *
   * @defaultValue `true`
   */
  readonly closeDatabase?: boolean | undefined
}

const OWN_KEYS = ['database', 'closeDatabase', 'prefix', 'logLevel', 'logSerializers']

/** For requests that a hook of another plugin answered before there was a session. */
const NEVER = new AbortController().signal

const plugin: FastifyPluginAsync<RequestSessionPluginOptions> = async (app, options) => {
  const { database, closeDatabase = true } = options
  const rule = new RequestSessionRule<RequestDatabase, FastifyRequest>(database, options, OWN_KEYS)
  const requests = new WeakMap<FastifyRequest, RequestSession<RequestDatabase>>()

  app.decorateRequest('db')
  app.decorateRequest('abortSignal', {
    getter() {
      return requests.get(this)?.signal ?? NEVER
    },
  })
  app.addHook('onRequest', (fastifyRequest, reply, next) => {
    const request = new RequestSession(rule, fastifyRequest)
    requests.set(fastifyRequest, request)
    fastifyRequest.db = request.session
    watchResponse(reply.raw, request)
    request.run(next)
  })
  // Before any error handler, whatever that answers.
  app.addHook('onError', (fastifyRequest, _reply, _error, next) => {
    requests.get(fastifyRequest)?.fail()
    next()
  })
  app.addHook('onSend', (fastifyRequest, reply, payload, next) => {
    const request = requests.get(fastifyRequest)
    if (request?.hasCommitFailed === true && reply.statusCode < 400) void reply.code(500)
    const mayLeave = request?.respond(startOf(reply, payload))
    if (mayLeave === undefined) {
      next()
      return
    }
    mayLeave.then(
      () => {
        // What Fastify throws here, such as for a malformed header, would be an unhandled rejection.
        try {
          next()
        } catch (error) {
          next(error as Error)
        }
      },
      (error: unknown) => {
        void reply.code(500)
        for (const name of STALE_HEADERS) void reply.removeHeader(name)
        next(error as Error)
      },
    )
  })
  if (closeDatabase) app.addHook('onClose', () => database.close())
}

/**
 * Fastify plugin that gives every request a session: `request.db`, and `database.scoped.current()` in all that the
 * request starts.
 *
 * A request that does not use it costs no connection and no round trip. The session ends with the response: committed
 * or rolled back by the policy, its connection given back. When the client goes away the running statement is
 * cancelled, the transaction rolled back, `request.abortSignal` aborted, and later statements are refused. After
 * `reply.hijack()` nothing is committed by itself; the session ends with the connection's response.
 *
 * With `'on-success'` the hook `onSend` waits for COMMIT; if that fails, the error goes to the application's error
 * handler, which can't answer with less than 400. Register it after plugins whose `onSend` may fail.
 *
 * It counts for the whole instance it is registered on, like a plugin wrapped in `fastify-plugin`.
 *
 * @throws {@link ConfigurationError} when the plugin is loaded, if an option is unknown or out of range.
 * @example
 * ```ts
 * import Fastify from 'fastify'
 * import { requestSession } from 'async-database/fastify'
 *
 * const app = Fastify()
 * app.register(requestSession, { database, policy: 'on-success' })
 * app.get('/people', async (request) => request.db.selectFrom('person').select(['name']).execute())
 * ```
 */
export const requestSession: FastifyPluginAsync<RequestSessionPluginOptions> = Object.assign(plugin, {
  // What fastify-plugin sets; without them the hooks would see only routes of a child instance.
  [Symbol.for('skip-override')]: true,
  [Symbol.for('fastify.display-name')]: 'async-database',
  [Symbol.for('plugin-meta')]: { name: 'async-database', fastify: '5.x' },
})

function startOf(reply: FastifyReply, payload: unknown): ResponseStart {
  if (isFetchResponse(payload)) {
    const contentType = payload.headers.get('content-type') ?? reply.getHeader('content-type')
    return { status: payload.status, contentType, isWhole: payload.body === null }
  }
  const isWhole = payload == null || typeof payload === 'string' || payload instanceof Uint8Array
  return { status: reply.statusCode, contentType: reply.getHeader('content-type'), isWhole }
}

/** It brings a head of its own, which Fastify copies only after onSend. By its tag, as Fastify does: undici has another class. */
function isFetchResponse(payload: unknown): payload is Response {
  return Object.prototype.toString.call(payload) === '[object Response]'
}
