import { isIP } from 'node:net'
import { ConfigurationError } from '../errors/usage-error.js'
import { identifierFlaw } from '../foundation/quote-identifier.js'
import type { AsyncDatabaseOptions, Password, ResolvedConnection } from './async-database-options.js'
import { parseConnectionUrl } from './connection-url.js'
import { OptionsReader } from './options-reader.js'
import { Secret } from './secret.js'
import { resolveTls } from './tls-options.js'

/** The options that say where to connect and as whom, but for `url`. */
const FIELDS = [
  'host',
  'port',
  'user',
  'password',
  'database',
  'ssl',
  'applicationName',
] as const satisfies readonly (keyof AsyncDatabaseOptions)[]

/** The options that say where to connect and as whom. */
export const CONNECTION_KEYS = ['url', ...FIELDS] as const

type Field = (typeof FIELDS)[number]

/**
 * Brings the URL and the fields together; a field wins over the same part of the URL. Pure; performs no I/O.
 *
 * @param options - The reader of the outermost options object.
 * @returns A frozen description of the connection.
 * @throws {@link ConfigurationError} if a part is missing or unsound; the message never holds a password.
 */
export function resolveConnection(options: OptionsReader<'url' | Field>): ResolvedConnection {
  const url = options.value('url')
  const parts = url === undefined ? {} : parseConnectionUrl(url, 'url')
  const given = FIELDS.map((field) => [field, options.value(field)] as const)
  const fields = Object.fromEntries(given.filter(([, value]) => value !== undefined))
  const reader = new OptionsReader({ ...parts, ...fields }, [...FIELDS, 'connectTimeoutMillis'])

  const host = reader.text('host', hostFlaw) ?? 'localhost'
  const user = reader.text('user', identifierFlaw) ?? refuseMissingUser()
  const connection = {
    host,
    port: reader.integer('port', { min: 1, max: 65_535, fallback: 5432 }),
    user,
    database: reader.text('database', databaseFlaw) ?? user,
    ssl: resolveTls(reader.value('ssl'), host),
    applicationName: reader.text('applicationName', applicationNameFlaw) ?? 'async-database',
    connectTimeoutMillis: reader.value('connectTimeoutMillis') as number | undefined,
  }
  const password = { value: readPassword(reader), enumerable: false }
  return Object.freeze(Object.defineProperty(connection, 'password', password) as ResolvedConnection)
}

function refuseMissingUser(): never {
  throw new ConfigurationError({
    message: 'user is missing, here and in url.',
    hint: 'Give a url or a user. If url comes from an environment variable, check that the variable is set.',
    context: { key: 'user' },
  })
}

function readPassword(reader: OptionsReader<Field>): Secret<Password> | undefined {
  const password = reader.value('password')
  if (password === undefined) return undefined
  const isSound =
    typeof password === 'function' ||
    (typeof password === 'string' && password !== '' && !password.includes('\0'))
  if (isSound) return new Secret(password as Password)
  throw new ConfigurationError({
    message: 'password is neither a text nor a function, or is empty, or holds a NUL character (not shown).',
    hint: 'Leave the option out if the server asks for no password.',
    context: { key: 'password' },
  })
}

function hostFlaw(host: string): string | undefined {
  if (host === '') return 'is empty'
  if (host.includes('\0')) return 'holds a NUL character'
  if (host.startsWith('/')) return undefined
  if (host.includes(',')) return 'names several hosts; give one'
  // A whole URL, a port or brackets in here would be looked up as a name and fail far from the reason.
  const isSound = isIP(host) !== 0 || /^[\p{L}\p{N}._-]+$/u.test(host)
  return isSound ? undefined : 'is neither a host name, an address, nor the path of a socket directory'
}

function databaseFlaw(database: string): string | undefined {
  return database.includes('://') ? 'is a URL; pass it as url' : identifierFlaw(database)
}

/** The server would cut a longer name and replace other characters (S22). */
function applicationNameFlaw(name: string): string | undefined {
  return /^[ -~]{1,63}$/u.test(name) ? undefined : 'is not 1 to 63 printable ASCII characters'
}
