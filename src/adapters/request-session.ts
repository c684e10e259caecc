import type { Session } from '../session/session.js'
import type { RequestSessionRule } from './request-session-rule.js'

/** What is known of a response when its first byte is about to leave. */
export interface ResponseStart {
  /** Its HTTP status. */
  readonly status: number
  /** Its Content-Type as it was set, if it was. */
  readonly contentType: unknown
  /** Whether all of it is there already. False for a stream: the handler may still be at work. */
  readonly isWhole: boolean
}

/**
 * One session across one HTTP request: the rule that adapters share. An adapter only translates its framework's
 * events into the calls below.
 *
 * Every call may come twice, and in any order: the session is ended once, by the first that ends it. A response counts
 * as a success if its status is below 400 and `fail()` was not called.
 *
 * @example
 * ```ts
 * import { createServer } from 'node:http'
 * import { RequestSession, RequestSessionRule, watchResponse } from 'async-database/adapters'
 *
 * const rule = new RequestSessionRule(database, {})
 * createServer((request, response) => {
 *   const own = new RequestSession(rule, request)
 *   watchResponse(response, own)
 *   void own.run(async () => {
 *     const people = await own.session.selectFrom('person').select('name').execute()
 *     response.end(JSON.stringify(people))
 *   })
 * })
 * ```
 * @see Advanced Alchemy, `autocommit_before_send_handler`, which has the same two policies and counts redirects apart
 */
export class RequestSession<DB, Request = unknown> {
  /** The session, which takes no connection before its first statement. */
  readonly session: Session<DB>
  readonly #rule: Pick<RequestSessionRule<DB>, 'policy' | 'scoped' | 'logger'>
  #controller: AbortController | undefined
  #abortReason: DOMException | undefined
  #hasFailed = false
  #hasCommitFailed = false
  /** The first end has begun; there is no second one. */
  #isOver = false

  /**
   * Opens the session. No I/O.
   *
   * @param rule - What holds for every request of the application.
   * @param request - The framework's own, for the option `session`.
   * @throws What {@link RequestSessionRule.open} throws.
   */
  constructor(rule: RequestSessionRule<DB, Request>, request: Request) {
    this.session = rule.open(request)
    this.#rule = rule
  }

  /** Aborted when the client went away; not when the request ended as it should. */
  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController()
      if (this.#abortReason !== undefined) this.#controller.abort(this.#abortReason)
    }
    return this.#controller.signal
  }

  /** Whether a commit at the end failed: whoever answers now must not tell of a success. */
  get hasCommitFailed(): boolean {
    return this.#hasCommitFailed
  }

  /** Calls the rest of the request, with the session in scope unless the option `scope` is off. */
  run<Result>(callback: () => Result): Result {
    const { scoped } = this.#rule
    return scoped === undefined ? callback() : scoped.bind(this.session, callback)
  }

  /** The handler failed: whatever the status will be, nothing is committed any more. */
  fail(): void {
    this.#hasFailed = true
  }

  /**
   * The first byte is about to leave.
   *
   * With `'on-success'` and a success it commits. An event stream is never committed for: it has no end that could
   * tell success. Otherwise a whole response ends the session without waiting, for nothing in it depends on ROLLBACK.
   *
   * @returns A promise to wait for before anything is sent, or undefined if nothing has to be waited for.
   * @throws (by the promise) What `commit()` throws: the response must become an error.
   */
  respond(response: ResponseStart): Promise<void> | undefined {
    if (this.#isOver) return undefined
    if (response.status >= 400) this.fail()
    if (this.#rule.policy === 'on-success' && !isEventStream(response.contentType)) {
      if (!this.#hasFailed) return this.#commit()
      this.end()
    } else if (response.isWhole) {
      this.end()
    }
    return undefined
  }

  /** The response is complete, or there will be none: rolls back what is open and gives the connection back. */
  end(): void {
    if (this.#isOver) return
    this.#isOver = true
    void this.#close()
  }

  /** The client went away: cancels the running statement, rolls back, and refuses what the handler still tries. */
  abort(): void {
    if (this.#abortReason !== undefined) return
    this.#isOver = true
    // The class and the name that `fetch`, streams and timers abort with, so that handlers need not know ours.
    const reason = new DOMException('The client went away before the response was finished', 'AbortError')
    this.#abortReason = reason
    this.#controller?.abort(reason)
    this.session.abort(reason).catch((error: unknown) => this.#report(error, 'abort'))
  }

  async #commit(): Promise<void> {
    this.#isOver = true
    try {
      await this.session.commit()
    } catch (error) {
      this.#hasCommitFailed = true
      this.#report(error, 'commit')
      throw error
    } finally {
      await this.#close()
    }
  }

  async #close(): Promise<void> {
    try {
      // close() warns of writes that nobody committed (R12): after a failure that is as it should be.
      if (this.#hasFailed) await this.session.rollback()
    } catch (error) {
      this.#report(error, 'rollback')
    }
    try {
      await this.session.close()
    } catch (error) {
      this.#report(error, 'close')
    }
  }

  #report(error: unknown, phase: string): void {
    const fields = { err: error, sessionId: this.session.id }
    this.#rule.logger?.error(fields, `the ${phase} of a request's session failed`)
  }
}

/** Server-sent events: the response begins when the work does. */
function isEventStream(contentType: unknown): boolean {
  return typeof contentType === 'string' && /^\s*text\/event-stream\b/i.test(contentType)
}
