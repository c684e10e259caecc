import { checkOnNPlusOne, type ResolvedSessionDefaults } from '../config/session-defaults.js'
import { MAX_MILLIS, OptionsReader } from '../config/options-reader.js'
import { ConfigurationError } from '../errors/usage-error.js'
import { identifierFlaw, quoteIdentifier } from '../foundation/quote-identifier.js'
import { checkSchemaName } from '../foundation/schema-name.js'
import type { Statement } from '../postgres/statement.js'
import type { SessionOptions } from './session-options.js'
import { setConfig, type Setting } from './set-config.js'
import type { TransactionPlan } from './transaction-plan.js'
import { autocommitIsForSessions, deferrableWithout, isForReading } from './propagation-errors.js'
import { beginStatement, PLAIN_BEGIN, type TransactionOptions } from './transaction-options.js'

const KEYS = [
  'isolationLevel',
  'readOnly',
  'deferrable',
  'schema',
  'role',
  'settings',
  'statementTimeoutMillis',
  'lockTimeoutMillis',
  'idleInTransactionTimeoutMillis',
  'deadlineMillis',
  'signal',
  'expireOnCommit',
  'autoflush',
  'nPlusOneThreshold',
  'onNPlusOne',
] as const satisfies readonly (keyof SessionOptions)[]

/** The server stops a little after the session's own deadline, which knows why. */
const SERVER_SLACK_MILLIS = 250

/** Settings that have an option of their own, or would undo what this package promises. */
const OWN_OPTION =
  /^(?:search_path|role|session_authorization|transaction_\w+|(?:statement|lock|idle_in_transaction_session)_timeout)$/i
const SETTING_NAME = /^[a-z_]\w*(?:\.[a-z_][\w$]*)*$/i

/** What sessions start with. */
export interface PlanDefaults extends ResolvedSessionDefaults {
  /**
   * What each transaction begins with, because a pooler in between keeps the connections from being opened with it; see
   * {@link serverSettings}.
   */
  readonly serverSettings?: Readonly<Record<string, string>> | undefined
}

/**
 * Session options, checked once and turned into the statements that begin each transaction.
 *
 * @internal
 */
export class SessionPlan implements TransactionPlan {
  readonly options: SessionOptions
  readonly scope: string
  /** Every statement is its own transaction. */
  readonly isAutocommit: boolean
  /** Its sessions end by themselves: after some time, or with a signal. */
  readonly hasDeadline: boolean
  readonly isReadOnly: boolean
  readonly isPooled: boolean
  readonly statementTimeoutMillis: number
  /** How the session keeps its objects. */
  readonly objects: Readonly<Record<'expireOnCommit' | 'autoflush' | 'isAutocommit', boolean>>
  /** When too many statements of one shape are reported, and how. */
  readonly nPlusOne: Pick<ResolvedSessionDefaults, 'nPlusOneThreshold' | 'onNPlusOne'>
  readonly #defaults: PlanDefaults
  readonly #isForReading: boolean
  readonly #settings: readonly Setting[]
  readonly #begin: readonly Statement[]

  /**
   * @param options - What the caller asked for.
   * @param defaults - What the connections themselves are opened with.
   * @param isForReading - Whether `readOnly` stays as it is for good.
   * @throws {@link ConfigurationError} naming the option that is unknown, malformed or out of range.
   */
  constructor(options: SessionOptions, defaults: PlanDefaults, isForReading = false) {
    this.options = checked(options)
    this.#isForReading = isForReading
    this.#defaults = defaults
    this.hasDeadline = options.deadlineMillis !== undefined || options.signal !== undefined
    this.isReadOnly = options.readOnly === true
    this.isPooled = defaults.serverSettings !== undefined
    this.statementTimeoutMillis = options.statementTimeoutMillis ?? defaults.statementTimeoutMillis
    const searchPath = searchPathOf(options.schema)
    this.scope = searchPath ?? ''
    this.#settings = settingsOf(options, searchPath, defaults.serverSettings)
    const { isolationLevel, readOnly, deferrable } = options
    this.isAutocommit = isolationLevel === 'autocommit'
    this.objects = {
      expireOnCommit: options.expireOnCommit ?? defaults.expireOnCommit,
      autoflush: options.autoflush ?? defaults.autoflush,
      isAutocommit: this.isAutocommit,
    }
    this.nPlusOne = {
      nPlusOneThreshold: options.nPlusOneThreshold ?? defaults.nPlusOneThreshold,
      onNPlusOne: options.onNPlusOne ?? defaults.onNPlusOne,
    }
    if (this.isAutocommit && deferrable !== undefined) throw deferrableWithout()
    const begin = {
      isolationLevel: isolationLevel === 'autocommit' ? undefined : isolationLevel,
      readOnly,
      deferrable,
    }
    this.#begin = [beginStatement(begin), ...setConfig(this.#settings)]
  }

  /**
   * Refuses options that do not exist, where some exist beside those of a session.
   *
   * @throws {@link ConfigurationError} naming all that do.
   */
  static refuseUnknown(options: object, more: readonly string[]): void {
    new OptionsReader(options, [...KEYS, ...more], 'session')
  }

  /** The same with other options on top; of `settings`, name by name. */
  with(options: SessionOptions | undefined): SessionPlan {
    if (options === undefined) return this
    if (this.#isForReading && options.readOnly === false) throw isForReading()
    const settings = { ...this.options.settings, ...options.settings }
    const given = Object.entries(options).filter(([, value]) => value !== undefined)
    return this.#made({ ...this.options, ...Object.fromEntries(given), settings })
  }

  /** The same for sessions that never write, whatever is asked of them later. */
  forReading(options: SessionOptions | undefined): SessionPlan {
    if (options?.readOnly === false) throw isForReading()
    return new SessionPlan({ ...this.with(options).options, readOnly: true }, this.#defaults, true)
  }

  /** The same for one transaction of a session. Precondition: no autocommit. */
  forTransaction(options: TransactionOptions | undefined): SessionPlan {
    if (options === undefined) return this
    if ((options as SessionOptions).isolationLevel === 'autocommit') throw autocommitIsForSessions()
    return this.with(options)
  }

  /** The same with a transaction around its statements. */
  get withTransactions(): SessionPlan {
    return this.isAutocommit ? this.#made({ ...this.options, isolationLevel: undefined }) : this
  }

  /** The same with every statement its own transaction. */
  get withoutTransactions(): SessionPlan {
    return this.#made({ ...this.options, isolationLevel: 'autocommit', deferrable: undefined })
  }

  #made(options: SessionOptions): SessionPlan {
    return new SessionPlan(options, this.#defaults, this.#isForReading)
  }

  /** What leaves in front of a statement that is a transaction by itself; nothing if that is what the server does anyway. */
  beginAlone(remainingMillis: number): readonly Statement[] {
    const begin = this.begin(remainingMillis)
    return begin.length === 1 && begin[0] === PLAIN_BEGIN ? [] : begin
  }

  begin(remainingMillis: number): readonly Statement[] {
    if (remainingMillis === Number.POSITIVE_INFINITY) return this.#begin
    const limit = this.statementTimeoutMillis
    if (limit > 0 && limit <= remainingMillis) return this.#begin
    const timeout: Setting = ['statement_timeout', String(Math.ceil(remainingMillis) + SERVER_SLACK_MILLIS)]
    // In front, because the role that may come last could lack the right.
    const others = this.#settings.filter(([name]) => name !== 'statement_timeout')
    return [...this.#begin.slice(0, 1), ...setConfig([timeout, ...others])]
  }
}

function checked(options: SessionOptions): SessionOptions {
  const reader = new OptionsReader(options, KEYS, 'session')
  reader.boolean('readOnly', false)
  reader.boolean('deferrable', false)
  reader.boolean('expireOnCommit', false)
  reader.boolean('autoflush', false)
  reader.text('role', identifierFlaw)
  for (const key of [
    'statementTimeoutMillis',
    'lockTimeoutMillis',
    'idleInTransactionTimeoutMillis',
  ] as const) {
    reader.integer(key, { min: 0, max: MAX_MILLIS, fallback: 0 })
  }
  reader.integer('nPlusOneThreshold', { min: 0, max: MAX_MILLIS, fallback: 0 })
  checkOnNPlusOne(options.onNPlusOne)
  reader.integer('deadlineMillis', { min: 1, max: MAX_MILLIS, fallback: 1 })
  return Object.freeze({ ...options })
}

function searchPathOf(schema: SessionOptions['schema']): string | undefined {
  if (schema === undefined) return undefined
  const schemas = typeof schema === 'string' ? [schema] : schema
  const quoted = schemas.map((name) => quoteIdentifier(checkSchemaName(name, 'session.schema')))
  // pg_temp last, so that nobody's temporary table hides a real one (S3).
  return [...quoted, 'pg_temp'].join(', ')
}

function settingsOf(
  options: SessionOptions,
  searchPath: string | undefined,
  serverSettings: PlanDefaults['serverSettings'],
): readonly Setting[] {
  const { role, settings, statementTimeoutMillis, lockTimeoutMillis, idleInTransactionTimeoutMillis } =
    options
  const values = new Map(Object.entries(serverSettings ?? {}))
  const add = (name: string, value: string | number | undefined): void => {
    if (value !== undefined) values.set(name, String(value))
  }
  add('search_path', searchPath)
  add('statement_timeout', statementTimeoutMillis)
  add('lock_timeout', lockTimeoutMillis)
  add('idle_in_transaction_session_timeout', idleInTransactionTimeoutMillis)
  for (const [name, value] of Object.entries(settings ?? {})) add(checkedSetting(name, value), String(value))
  // Last: the role may lack the right to change the others.
  add('role', role)
  return [...values]
}

function checkedSetting(name: string, value: unknown): string {
  const isName = SETTING_NAME.test(name) && !OWN_OPTION.test(name)
  if (isName && ['string', 'number', 'boolean'].includes(typeof value)) return name
  throw new ConfigurationError({
    message: isName
      ? `session.settings: the value of ${name} is of type ${typeof value}`
      : `session.settings: ${JSON.stringify(name)} can't be set here`,
    hint: 'Settings are names such as app.tenant_id with text, numbers or booleans; search path, role, timeouts and isolation have options of their own.',
    context: { setting: name },
  })
}
