import type { AsyncDatabase, Session } from 'async-database'
import {
  HeldResponse,
  RequestSession,
  RequestSessionRule,
  watchResponse,
  type RequestSessionOptions,
} from 'async-database/adapters'
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'

/** What a handler gets. */
export interface Exchange<DB> {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  /** The session of the request. */
  readonly db: Session<DB>
  /** Aborted when the client goes away. */
  readonly signal: AbortSignal
}

/** What an application of plain `node:http` consists of here. */
export interface Application<DB> {
  handle(exchange: Exchange<DB>): Promise<void>
  /** Answers for what failed: in the option `session`, in the handler, or at COMMIT. */
  onError(error: unknown, response: ServerResponse): void
}

/**
 * An adapter for plain `node:http`: it only translates events.
 *
 * @param database - Where the sessions come from.
 * @param application - What answers.
 * @param options - As those of the adapters for Express and Fastify.
 * @returns A listener for `createServer()`.
 */
export function withSession<DB>(
  database: AsyncDatabase<DB>,
  application: Application<DB>,
  options: RequestSessionOptions<IncomingMessage> = {},
): RequestListener {
  // Once: misspelt options are refused when the program starts.
  const rule = new RequestSessionRule(database, options)
  return (request, response) => {
    const answerFor = (error: unknown): void => {
      application.onError(error, response)
    }
    let own: RequestSession<DB>
    try {
      own = new RequestSession(rule, request)
    } catch (error) {
      answerFor(error)
      return
    }
    // The response starts: commits first, under 'on-success'; a failed COMMIT takes the response back.
    new HeldResponse(response, {
      onStart: (start) => own.respond(start),
      onEnd: () => {
        own.end()
      },
      onTakenBack: answerFor,
    })
    // The response is over, or the client is gone.
    watchResponse(response, own)
    void own.run(async () => {
      try {
        const { session: db, signal } = own
        await application.handle({ request, response, db, signal })
      } catch (error) {
        own.fail()
        answerFor(error)
      }
    })
  }
}
