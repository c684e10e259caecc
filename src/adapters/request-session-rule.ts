import { describeValue, OptionsReader } from '../config/options-reader.js'
import type { Logger } from '../config/logger.js'
import type { AsyncDatabase } from '../database/async-database.js'
import { ConfigurationError } from '../errors/usage-error.js'
import type { ScopedSession } from '../session/scoped-session.js'
import type { SessionFactory } from '../session/session-factory.js'
import type { CommitPolicy, RequestSessionOptions } from './request-session-options.js'

const POLICIES: readonly CommitPolicy[] = ['manual', 'on-success']
const KEYS = ['policy', 'scope', 'session'] as const satisfies readonly (keyof RequestSessionOptions)[]

/** What all requests of one application have in common: checked once, at set-up. */
export class RequestSessionRule<DB> {
  /** Who commits. */
  readonly policy: CommitPolicy
  /** Makes the sessions, with the options of the application. */
  readonly sessions: SessionFactory<DB>
  /** Where a request's session can be found, unless that is switched off. */
  readonly scoped: ScopedSession<DB> | undefined
  /** Where failures are written that no caller is there to receive. */
  readonly logger: Logger | undefined

  /**
   * Checks the options of an adapter. No I/O.
   *
   * @param database - Where the sessions come from.
   * @param options - What the application passed.
   * @param ownKeys - The keys that this adapter adds, and reads itself.
   * @throws {@link ConfigurationError} if there is no database, a key is unknown, or a value is of another type or out of
   * range.
   */
  constructor(database: AsyncDatabase<DB>, options: RequestSessionOptions, ownKeys: readonly string[] = []) {
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
    this.policy = (policy ?? 'manual') as CommitPolicy
    this.sessions =
      options.session === undefined ? database.sessions : database.sessions.with(options.session)
    this.scoped = reader.boolean('scope', true) ? database.scoped : undefined
    this.logger = database.engine.logger
  }
}

/** By shape: an application may have two copies of this package. */
function isDatabase(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'sessions' in value && 'scoped' in value
}
