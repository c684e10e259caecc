import { ConfigurationError } from '../errors/usage-error.js'
import { checkSchemaName } from '../foundation/schema-name.js'
import type { AsyncDatabaseOptions, ResolvedOptions } from './async-database-options.js'
import { LOGGER_METHODS, type Logger } from './logger.js'
import { describeValue, MAX_MILLIS, OptionsReader } from './options-reader.js'
import { resolvePoolOptions } from './pool-options.js'
import { CONNECTION_KEYS, resolveConnection } from './resolve-connection.js'
import { resolveSessionDefaults } from './session-defaults.js'

const KEYS = [
  ...CONNECTION_KEYS,
  'pooler',
  'pool',
  'session',
  'echo',
  'strictScope',
  'logger',
  'hideParameters',
  'slowQueryMillis',
  'schema',
] as const satisfies readonly (keyof AsyncDatabaseOptions)[]

/**
 * Checks the options once and fills in the defaults. Pure; performs no I/O and reads no environment variable (S18).
 *
 * @param options - What the caller passed; only its own keys count.
 * @param otherKeys - Keys that the caller of this function has dealt with itself, such as `metadata`.
 * @returns Options frozen all the way down, but for the caller's own logger. They print without the password.
 * @throws {@link ConfigurationError} if a key is unknown (the nearest known one is named), a value has the wrong type
 * or range (the key path and the value are named), the URL is unsound, or no user is given.
 * @example
 * ```ts ignore -- not exported from the package
 * resolveOptions({ url: 'postgres://app@localhost/shop' }).connection.database // 'shop'
 * ```
 */
export function resolveOptions(
  options: AsyncDatabaseOptions,
  otherKeys: readonly string[] = [],
): ResolvedOptions {
  const reader: OptionsReader<(typeof KEYS)[number]> = new OptionsReader<string>(options, [
    ...KEYS,
    ...otherKeys,
  ])
  const schema = reader.value('schema')
  const pool = resolvePoolOptions(reader.value('pool'))
  const session = resolveSessionDefaults(reader.value('session'))
  return Object.freeze({
    // After the sections: a misspelt key explains more than the part of the connection it may have caused to be missing.
    connection: resolveConnection(reader),
    pooler: readPooler(reader.value('pooler')),
    pool,
    session,
    echo: reader.boolean('echo', false),
    strictScope: reader.boolean('strictScope', false),
    logger: readLogger(reader.value('logger')),
    hideParameters: reader.boolean('hideParameters', true),
    slowQueryMillis: reader.integer('slowQueryMillis', { min: 0, max: MAX_MILLIS, fallback: 500 }),
    schema: schema === undefined ? 'public' : checkSchemaName(schema, 'schema'),
  })
}

function readPooler(pooler: unknown): 'transaction' | undefined {
  if (pooler === undefined || pooler === 'transaction') return pooler
  throw new ConfigurationError({
    message: `pooler is ${describeValue(pooler)}; expected 'transaction'.`,
    hint: 'A pooler in session mode needs no option.',
    context: { key: 'pooler' },
  })
}

/** Inherited methods count: a logger is usually an instance of a class. */
function readLogger(logger: unknown): Logger | undefined {
  if (logger === undefined) return undefined
  const methods = new Object(logger) as Partial<Logger>
  const missing = LOGGER_METHODS.filter((method) => typeof methods[method] !== 'function')
  if (missing.length === 0) return logger as Logger
  throw new ConfigurationError({
    message: `logger lacks the method ${missing.join(', ')}.`,
    hint: `A logger has ${LOGGER_METHODS.join(', ')}, each taking (fields, message): console and pino fit.`,
    context: { key: 'logger' },
  })
}
