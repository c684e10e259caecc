import type { SessionOptions } from '../session/session-options.js'

/**
 * Who commits.
 *
 * - `'manual'`: the handler calls `commit()`; what it did not commit is rolled back at the end.
 * - `'on-success'`: the adapter commits before the first byte of the response leaves, if the status is below 400 and
 *   the handler did not fail. A commit that fails turns the response into an error.
 */
export type CommitPolicy = 'manual' | 'on-success'

/**
 * What the adapters have in common.
 */
export interface RequestSessionOptions<Request = unknown> {
  /**
   * Who commits.
   *
   * @defaultValue `'manual'`
   */
  readonly policy?: CommitPolicy | undefined
  /**
   * Whether `database.scoped.current()` finds the session of the request. Services that are given the session do not need it.
   *
   * @defaultValue `true`
   */
  readonly scope?: boolean | undefined
  /**
   * What the transactions of a request begin with, such as `{ isolationLevel: 'serializable' }`, and how long its
   * session may live. Or a function that gives this for each request, such as
   * `(request) => ({ schema: tenantOf(request) })`: called once, when the request meets the adapter, before any I/O.
   * What it throws is the request's failure. It can't be async: what it needs to wait for belongs in front of the
   * adapter, and on the request.
   *
   * @defaultValue what the database's own sessions begin with
   */
  readonly session?: SessionOptions | ((request: Request) => SessionOptions) | undefined
}
