import { describeValue, OptionsReader } from '../config/options-reader.js'
import type { Logger } from '../config/logger.js'
import type { AsyncDatabase } from '../database/async-database.js'
import { ConfigurationError } from '../errors/usage-error.js'
import type { ScopedSession } from '../session/scoped-session.js'
import type { SessionFactory } from '../session/session-factory.js'
import type { SessionOptions } from '../session/session-options.js'
import type { Session } from '../session/session.js'
import type { CommitPolicy, RequestSessionOptions } from './request-session-options.js'

const POLICIES: readonly CommitPolicy[] = ['manual', 'on-success']
const KEYS = ['policy', 'scope', 'session'] as const satisfies readonly (keyof RequestSessionOptions)[]

/** What decides whose rows a request sees: that must not fall back to the database's own in silence. */
const DECISIVE = ['schema', 'role', 'settings'] as const satisfies readonly (keyof SessionOptions)[]

/**
 * What all requests of one application have in common: checked once, at set-up.
 */
export class RequestSessionRule<DB, Request = unknown> {
  /** Who commits. */
  readonly policy: CommitPolicy
  /** Where a request's session can be found, unless that is switched off. */
  readonly scoped: ScopedSession<DB> | undefined
  /** Where failures are written that no caller is there to receive. */
  readonly logger: Logger | undefined
  readonly #sessions: SessionFactory<DB>
  readonly #optionsOf: ((request: Request) => unknown) | undefined

  /**
   * Checks the options of an adapter. No I/O.
   *
   * @param database - Where the sessions come from.
   * @param options - What the application passed.
   * @param ownKeys - The keys that this adapter adds, and reads itself.
   * @throws {@link ConfigurationError} if there is no database, a key is unknown, or a value is of another type or out of
   * range.
   */
  constructor(
    database: AsyncDatabase<DB>,
    options: RequestSessionOptions<Request>,
    ownKeys: readonly string[] = [],
  ) {
    if (!isDatabase(database)) {
      throw new ConfigurationError({
        message: `requestSession() was given ${describeValue(database)} as its database; expected an AsyncDatabase.`,
        hint: 'Write requestSession(database) for Express, app.register(requestSession, { database }) for Fastify.',
      })
    }
    const reader = new OptionsReader<string>(options, [...KEYS, ...ownKeys])
    const policy = reader.text('policy', (text) =>
      (POLICIES as readonly string[]).includes(text) ? undefined : `is none of ${POLICIES.join(', ')}`,
    )
    const { session } = options
    this.policy = (policy ?? 'manual') as CommitPolicy
    this.#optionsOf = typeof session === 'function' ? session : undefined
    this.#sessions =
      session === undefined || typeof session === 'function'
        ? database.sessions
        : database.sessions.with(session)
    this.scoped = reader.boolean('scope', true) ? database.scoped : undefined
    this.logger = database.engine.logger
  }

  /**
   * Opens the session of a request. No I/O.
   *
   * @param request - What the option `session` is asked with, if it is a function.
   * @returns A session that its {@link RequestSession} ends.
   * @throws {@link ConfigurationError} if that function gave no session options, or schema, role or settings without a
   * value.
   * @throws What that function throws.
   */
  open(request: Request): Session<DB> {
    if (this.#optionsOf === undefined) return this.#sessions.session()
    return this.#sessions.session(checkedForRequest(this.#optionsOf(request)))
  }
}

function checkedForRequest(given: unknown): SessionOptions {
  if (typeof given !== 'object' || given === null || 'then' in given) {
    throw new ConfigurationError({
      message: `The option session gave ${'then' in Object(given) ? 'a promise' : describeValue(given)} for a request; expected session options`,
      hint: 'Give an object, {} for the defaults. Wait for what it needs in front of the adapter, and keep it with the request.',
    })
  }
  const missing = DECISIVE.find((key) => key in given && (given as SessionOptions)[key] === undefined)
  if (missing === undefined) return given
  throw new ConfigurationError({
    message: `The option session gave ${missing} as undefined for a request, which would then run with the database's own`,
    hint: 'Throw where a request has no tenant; leave the key out where the default is meant.',
    context: { option: missing },
  })
}

/** By shape: an application may have two copies of this package. */
function isDatabase(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'sessions' in value && 'scoped' in value
}
