import type { RequestSession } from './request-session.js'

/** The part of a response that tells how it ended: that of Node's HTTP/1 and HTTP/2 alike. */
export interface WatchedResponse {
  /** Whether everything was handed to the operating system. HTTP/2 says so of a response that was broken off, too. */
  readonly writableFinished: boolean
  /** Whether `end()` was called. */
  readonly writableEnded: boolean
  /** Node's. */
  once(event: 'close', listener: () => void): unknown
}

/**
 * Ends a request's session when its response is closed, whichever way that happened.
 *
 * 'close' always comes, once: after a complete response, after whatever was done to a hijacked one, and when the
 * client goes away. Then 'finish' does not come, nor do the frameworks' own events for the end of a response (F13).
 *
 * @param response - Node's response.
 * @param request - The session of its request.
 */
export function watchResponse<DB>(response: WatchedResponse, request: RequestSession<DB>): void {
  response.once('close', () => {
    if (response.writableEnded && response.writableFinished) request.end()
    else request.abort()
  })
}
