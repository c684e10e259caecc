import { ConfigurationError } from '../errors/usage-error.js'
import { identifierFlaw } from '../foundation/quote-identifier.js'
import type { AsyncDatabaseOptions, Password, ResolvedConnection } from './async-database-options.js'
import { CHANNEL_BINDINGS, resolveAuthMethods, type ChannelBinding } from './auth-options.js'
import { parseConnectionUrl } from './connection-url.js'
import { resolveHosts, TARGET_SESSION_ATTRS, type TargetSessionAttrs } from './host-options.js'
import { OptionsReader } from './options-reader.js'
import { Secret } from './secret.js'

/** The options that say where to connect and as whom, but for `url`. */
const FIELDS = [
  'host',
  'port',
  'hosts',
  'targetSessionAttrs',
  'loadBalanceHosts',
  'user',
  'password',
  'database',
  'ssl',
  'requireAuth',
  'channelBinding',
  'maxMessageBytes',
  'applicationName',
] as const satisfies readonly (keyof AsyncDatabaseOptions)[]

/** The options that say where to connect and as whom. */
export const CONNECTION_KEYS = ['url', ...FIELDS] as const

type Field = (typeof FIELDS)[number]

/** A string of 512 MiB is more than Node can hold, and PostgreSQL's largest value is 1 GiB less a byte. */
const MAX_MESSAGE_BYTES = { min: 65_536, max: 2 ** 30 - 1, fallback: 2 ** 28 }

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
  const reader = new OptionsReader({ ...withoutReplaced(parts, fields), ...fields }, [
    ...FIELDS,
    'connectTimeoutMillis',
  ])

  const valueOf = (field: Field): unknown => reader.value(field)
  const hosts = resolveHosts({
    host: valueOf('host'),
    port: valueOf('port'),
    hosts: valueOf('hosts'),
    ssl: valueOf('ssl'),
  })
  const user = reader.text('user', identifierFlaw) ?? refuseMissingUser()
  const hasPassword = valueOf('password') !== undefined
  const requireAuth = hosts.map((host) => resolveAuthMethods(valueOf('requireAuth'), host, hasPassword))
  const connection = {
    hosts,
    targetSessionAttrs: (reader.text('targetSessionAttrs', oneOf(TARGET_SESSION_ATTRS)) ??
      'any') as TargetSessionAttrs,
    loadBalanceHosts: reader.boolean('loadBalanceHosts', false),
    requireAuth: Object.freeze(requireAuth),
    channelBinding: (reader.text('channelBinding', oneOf(CHANNEL_BINDINGS)) ?? 'disable') as ChannelBinding,
    maxMessageBytes: reader.integer('maxMessageBytes', MAX_MESSAGE_BYTES),
    user,
    database: reader.text('database', databaseFlaw) ?? user,
    applicationName: reader.text('applicationName', applicationNameFlaw) ?? 'async-database',
    connectTimeoutMillis: reader.value('connectTimeoutMillis') as number | undefined,
  }
  const password = { value: readPassword(reader), enumerable: false }
  return Object.freeze(Object.defineProperty(connection, 'password', password) as ResolvedConnection)
}

/** A list of hosts as an option replaces the single host of the URL, and the other way round. */
function withoutReplaced(
  parts: ReturnType<typeof parseConnectionUrl>,
  fields: Readonly<Record<string, unknown>>,
): ReturnType<typeof parseConnectionUrl> {
  const rest = { ...parts }
  if (Object.hasOwn(fields, 'hosts')) {
    delete rest.host
    delete rest.port
  } else if (Object.hasOwn(fields, 'host') || Object.hasOwn(fields, 'port')) {
    delete rest.hosts
  }
  return rest
}

function oneOf(words: readonly string[]): (text: string) => string | undefined {
  return (text) => (words.includes(text) ? undefined : `is not one of ${words.join(', ')}`)
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

function databaseFlaw(database: string): string | undefined {
  return database.includes('://') ? 'is a URL; pass it as url' : identifierFlaw(database)
}

/** The server would cut a longer name and replace other characters (S22). */
function applicationNameFlaw(name: string): string | undefined {
  return /^[ -~]{1,63}$/u.test(name) ? undefined : 'is not 1 to 63 printable ASCII characters'
}
