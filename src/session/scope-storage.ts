import { AsyncLocalStorage } from 'node:async_hooks'
import { runHolding } from '../engine/holding-frames.js'
import { ForeignQueryError, NoActiveSessionError, SessionClosedError } from '../errors/usage-error.js'
import { CallSite, isDevelopment } from '../foundation/call-site.js'
import type { Session } from './session.js'

/** In place of a session: the scope was left on purpose. */
const LEFT = Symbol('left')

/**
 * Which session is in scope where, shared by all views of a database; and enough about scopes that were opened to say
 * why there is none (pain 18).
 *
 * @internal
 */
export class ScopeStorage<DB> {
  readonly #storage = new AsyncLocalStorage<Session<DB> | typeof LEFT>()
  readonly #isStrict: boolean
  #opened = 0
  /** By run(), and still open. */
  #open = 0
  /** The one that was opened last, and by bind() may still be open. */
  #last: { readonly session: Session<DB>; readonly site: CallSite | undefined } | undefined

  /** @param isStrict - Whether queries beside a transaction that is open in scope are refused. */
  constructor(isStrict = false) {
    this.#isStrict = isStrict
  }

  /** The session in scope, closed or not. */
  get session(): Session<DB> | undefined {
    const stored = this.#storage.getStore()
    return stored === LEFT ? undefined : stored
  }

  /** Calls a function with a session in scope. */
  bind<Result>(session: Session<DB>, callback: () => Result): Result {
    this.#opened++
    this.#last = { session, site: isDevelopment ? new CallSite() : undefined }
    return this.#storage.run(session, callback)
  }

  /** Runs work with a session in scope, and notes when that is over. */
  async run<Result>(session: Session<DB>, work: () => Promise<Result>): Promise<Result> {
    this.#open++
    try {
      return await runHolding(session.id, () => this.bind(session, work))
    } finally {
      this.#open--
    }
  }

  /** Calls a function without a session in scope. */
  exit<Result>(callback: () => Result): Result {
    return this.#storage.run(LEFT, callback)
  }

  /** The session in scope, for work that needs one. */
  current(): Session<DB> {
    const session = this.session
    if (session === undefined) throw this.#none()
    assertOpen(session)
    return session
  }

  /** Refuses what would run beside the transaction that is open in scope, where strict mode is on (I-FOREIGN). */
  assertNotForeign(attempted: string): void {
    if (this.#isStrict && this.session?.inTransaction === true) {
      throw new ForeignQueryError({
        message: `${attempted} was refused: the session in scope here has an open transaction, which it would not be part of`,
        hint: 'Use database.scoped.current(), or database.scoped.exit() if it is meant to run beside it.',
      })
    }
  }

  #none(): NoActiveSessionError {
    const [why, hint] = this.#whyNone()
    return new NoActiveSessionError({ message: `No session is in scope here: ${why}`, hint })
  }

  #whyNone(): readonly [why: string, hint: string] {
    if (this.#storage.getStore() === LEFT)
      return ['the scope was left by scoped.exit()', 'Call this outside of exit().']
    const where = this.#last?.site?.where
    const place = where === undefined ? '' : ` (${where})`
    if (this.#opened === 0) return ['no scope was ever opened in this process', OPEN_ONE]
    if (this.#open === 0 && this.#last?.session.state === 'closed')
      return [`all scopes are closed, the last one was opened${place}`, OPEN_ONE]
    return [
      `the async context was lost, or this was never inside a scope; the last one was opened${place}`,
      'A callback that another library kept runs in the context of that library: bind it with AsyncResource.bind(), or pass the session along.',
    ]
  }
}

const OPEN_ONE = 'Call this inside database.scoped.run() or a request that an adapter serves.'

/** Refuses the session of a scope that has ended, rather than to fall back to another one. */
export function assertOpen<DB>(session: Session<DB>): void {
  if (session.state !== 'closed') return
  const { whereClosed } = session
  throw new SessionClosedError({
    message: `The session in scope here is closed${whereClosed === undefined ? '' : ` (${whereClosed})`}: the work that it was opened for has ended`,
    hint: 'Await everything inside the scope, or open a session of its own for work that outlives it.',
    state: 'closed',
    attempted: 'current',
  })
}
