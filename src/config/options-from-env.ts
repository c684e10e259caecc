import { ConfigurationError } from '../errors/usage-error.js'
import { checkSchemaName } from '../foundation/schema-name.js'
import type { AsyncDatabaseOptions } from './async-database-options.js'
import type { AuthMethod } from './auth-options.js'
import { parseConnectionUrl } from './connection-url.js'
import type { TargetSessionAttrs } from './host-options.js'
import { describeValue } from './options-reader.js'
import { parseSslMode } from './ssl-mode.js'

/** Variables, such as `process.env`. */
export type Environment = Readonly<Record<string, string | undefined>>

type Part =
  | 'host'
  | 'port'
  | 'user'
  | 'password'
  | 'database'
  | 'sslmode'
  | 'applicationName'
  | 'targetSessionAttrs'
  | 'requireAuth'
type Family = Readonly<Record<Part, string | undefined>>

/** In order of precedence. Families are not mixed: a stray PGHOST must not redirect the credentials of another (S18). */
const FAMILIES: readonly Family[] = [
  {
    host: 'POSTGRES_HOST',
    port: 'POSTGRES_PORT',
    user: 'POSTGRES_USER',
    password: 'POSTGRES_PASSWORD',
    database: 'POSTGRES_DB',
    sslmode: 'POSTGRES_SSLMODE',
    applicationName: undefined,
    targetSessionAttrs: undefined,
    requireAuth: undefined,
  },
  {
    host: 'PGHOST',
    port: 'PGPORT',
    user: 'PGUSER',
    password: 'PGPASSWORD',
    database: 'PGDATABASE',
    sslmode: 'PGSSLMODE',
    applicationName: 'PGAPPNAME',
    targetSessionAttrs: 'PGTARGETSESSIONATTRS',
    requireAuth: 'PGREQUIREAUTH',
  },
]

/**
 * Reads the connection from environment variables; an empty variable counts as absent. Performs no I/O.
 *
 * The first of these that is there is used, alone: `DATABASE_URL`; `POSTGRES_HOST`, `_PORT`, `_USER`, `_PASSWORD`,
 * `_DB`, `_SSLMODE`; libpq's `PGHOST`, `PGPORT`, `PGUSER`, `PGPASSWORD`, `PGDATABASE`, `PGSSLMODE`, `PGAPPNAME`,
 * `PGTARGETSESSIONATTRS`, `PGREQUIREAUTH`. A host may be a list, `one,two`, with one port for all or one for each.
 * `DB_SCHEMA` names the schema, else it is `public`. Values become fields; no URL is put together from them.
 *
 * @param env - The variables; only own ones count.
 * @param isUserGiven - Whether the user comes from elsewhere, so that its variable may be absent.
 * @returns Options for `resolveOptions`. They hold the password in the clear.
 * @throws {@link ConfigurationError} naming the variable, if a value is unsound, or if no such variable is set.
 * @example
 * ```ts ignore -- not exported from the package
 * optionsFromEnv({ POSTGRES_USER: 'app', POSTGRES_HOST: 'localhost' }) // { user: 'app', host: 'localhost', schema: 'public' }
 * ```
 */
export function optionsFromEnv(env: Environment = process.env, isUserGiven = false): AsyncDatabaseOptions {
  const schema = checkSchemaName(read(env, 'DB_SCHEMA') ?? 'public', 'DB_SCHEMA')
  const url = read(env, 'DATABASE_URL')
  if (url !== undefined) {
    // Only for its errors, which then name the variable.
    parseConnectionUrl(url, 'DATABASE_URL')
    return { url, schema }
  }
  for (const family of FAMILIES) {
    const first = Object.values(family).find((name) => read(env, name) !== undefined)
    if (first !== undefined) {
      if (!isUserGiven && read(env, family.user) === undefined) throw missingUser(String(family.user), first)
      return { ...fieldsOf(family, env), schema }
    }
  }
  throw new ConfigurationError({
    message: 'No connection settings were found in the environment.',
    hint: 'Set DATABASE_URL, or POSTGRES_USER and its relatives, or PGUSER and its relatives.',
  })
}

function missingUser(variable: string, other: string): ConfigurationError {
  return new ConfigurationError({
    message: `${variable} is not set, although ${other} is.`,
    hint: 'Set it, or give the user as an option.',
    context: { where: variable },
  })
}

function fieldsOf(family: Family, env: Environment): AsyncDatabaseOptions {
  const valueOf = (part: Part): string | undefined => read(env, family[part])
  const sslmode = valueOf('sslmode')
  return {
    ...hostsOf(family, valueOf('host'), valueOf('port')),
    user: valueOf('user'),
    password: valueOf('password'),
    database: valueOf('database'),
    ssl: sslmode === undefined ? undefined : parseSslMode(sslmode, String(family.sslmode)),
    applicationName: valueOf('applicationName'),
    // Checked where the options are.
    targetSessionAttrs: valueOf('targetSessionAttrs') as TargetSessionAttrs | undefined,
    requireAuth: valueOf('requireAuth')?.split(',') as AuthMethod[] | undefined,
  }
}

function hostsOf(
  family: Family,
  host: string | undefined,
  port: string | undefined,
): Pick<AsyncDatabaseOptions, 'host' | 'port' | 'hosts'> {
  const variable = String(family.port)
  const ports = port?.split(',').map((text) => parsePort(text, variable))
  const hosts = host?.split(',') ?? []
  if (hosts.length < 2) return { host, port: port === undefined ? undefined : parsePort(port, variable) }
  if (ports !== undefined && ports.length !== 1 && ports.length !== hosts.length) {
    throw new ConfigurationError({
      message: `${variable} has ${String(ports.length)} ports for the ${String(hosts.length)} hosts of ${String(family.host)}.`,
      hint: 'Give one port for all, or one for each.',
      context: { where: variable },
    })
  }
  return { hosts: hosts.map((name, index) => ({ host: name, port: ports?.[index] ?? ports?.[0] })) }
}

function read(env: Environment, name: string | undefined): string | undefined {
  if (name === undefined || !Object.hasOwn(env, name)) return undefined
  const value = env[name]
  return value === '' ? undefined : value
}

function parsePort(text: string, variable: string): number {
  const port = /^\d{1,5}$/u.test(text) ? Number(text) : 0
  if (port >= 1 && port <= 65_535) return port
  throw new ConfigurationError({
    message: `${variable} is ${describeValue(text)}; expected a port from 1 to 65535.`,
    context: { where: variable },
  })
}
