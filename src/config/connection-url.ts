import { ConfigurationError } from '../errors/usage-error.js'
import { nearestKey } from '../foundation/nearest-key.js'
import type { HostAddress } from './host-options.js'
import { describeValue } from './options-reader.js'
import { parseSslMode } from './ssl-mode.js'
import type { TlsOptions } from './tls-options.js'

/** What a connection URL says; what it does not say is absent. */
export interface ConnectionUrlParts {
  host?: string
  port?: number
  hosts?: readonly HostAddress[]
  targetSessionAttrs?: string
  loadBalanceHosts?: boolean
  requireAuth?: readonly string[]
  channelBinding?: string
  user?: string
  password?: string
  database?: string
  ssl?: boolean | TlsOptions
  applicationName?: string
  connectTimeoutMillis?: number
}

const PROTOCOL = /^postgres(?:ql)?:\/\//iu

/** A list of hosts with at least one comma, and what stands before and after it. */
const HOST_LIST = /^(postgres(?:ql)?:\/\/(?:[^/?#@]*@)?)([^/?#@]*,[^/?#@]*)(.*)$/isu

/** libpq reads these from disk, which would let whoever writes the URL choose a file of this machine (E11, S4). */
const FILE_KEYS: readonly string[] = [
  'sslcert',
  'sslkey',
  'sslrootcert',
  'sslcrl',
  'sslpassword',
  'passfile',
  'service',
]

const SWITCHES: ReadonlyMap<string, boolean> = new Map([
  ...['true', 'on', 'yes', '1'].map((word) => [word, true] as const),
  ...['false', 'off', 'no', '0'].map((word) => [word, false] as const),
])

/**
 * Reads a connection URL into fields. Pure; performs no I/O.
 *
 * `postgres://user:password@host:port/database?key=value`, every part percent-encoded. The keys are `sslmode`, `ssl`
 * (true or false), `application_name`, `connect_timeout` (whole seconds), `target_session_attrs`, `load_balance_hosts`,
 * `require_auth`, `channel_binding`, and `host` for the directory of a Unix socket (`/var/run/postgresql`) when the URL
 * itself names no host but localhost. Several hosts are separated by commas: `postgres://app@one:5432,two:5432/shop`. No message holds any part of the
 * URL that may belong to a password.
 *
 * @param url - The URL.
 * @param where - Where it came from, for messages: `url` or the name of a variable.
 * @returns The fields that the URL sets.
 * @throws {@link ConfigurationError} if it is not such a URL, if a character that needs percent-encoding has none,
 * or if a query key is unknown, repeated, reads a file or has a bad value.
 * @see WHATWG URL Standard; PostgreSQL manual, libpq, "Connection URIs"
 */
export function parseConnectionUrl(url: unknown, where: string): ConnectionUrlParts {
  const { first, others } = splitHosts(url)
  const parsed = parse(first, where)
  // Without a prototype: a polluted Object.prototype.host would read as a host that the URL names (S11).
  const parts = Object.create(null) as ConnectionUrlParts
  // Non-special schemes keep the brackets of an IPv6 address; sockets want it bare.
  const host = decode(parsed.hostname, where, 'host').replace(/^\[(.*)\]$/u, '$1')
  if (host.startsWith('/')) {
    throw refusal(where, 'has a path where the host belongs; write ?host=/path instead')
  }
  if (host !== '') parts.host = host
  if (parsed.port !== '') parts.port = Number(parsed.port)
  if (parsed.username !== '') parts.user = decode(parsed.username, where, 'user')
  if (parsed.password !== '') parts.password = decode(parsed.password, where, 'password')
  if (parsed.pathname.length > 1) parts.database = decode(parsed.pathname.slice(1), where, 'database')
  if (others.length > 0) readHosts(parts, others, where)
  const seen = new Set<string>()
  for (const [key, value] of queryOf(parsed, where)) {
    if (seen.has(key)) throw refusal(where, `names the query key ${key} twice`)
    seen.add(key)
    readQueryKey(parts, key, value, where)
  }
  return parts
}

/** `h1:1,h2:2`, as in libpq, is no host to the WHATWG standard: the URL of the first and the texts of the others. */
function splitHosts(url: unknown): { first: unknown; others: string[] } {
  const found = typeof url === 'string' ? HOST_LIST.exec(url) : null
  if (found === null) return { first: url, others: [] }
  const [, before = '', list = '', after = ''] = found
  const [first = '', ...others] = list.split(',')
  return { first: before + first + after, others }
}

function readHosts(parts: ConnectionUrlParts, others: readonly string[], where: string): void {
  const hosts: HostAddress[] = [{ host: parts.host ?? '', port: parts.port }]
  for (const text of others) {
    const { hostname, port } = parse(`postgres://${text}`, where)
    const host = decode(hostname, where, 'host').replace(/^\[(.*)\]$/u, '$1')
    hosts.push({ host, port: port === '' ? undefined : Number(port) })
  }
  if (hosts.some(({ host }) => host === '')) throw refusal(where, 'has an empty place in its list of hosts')
  delete parts.host
  delete parts.port
  parts.hosts = hosts
}

function parse(url: unknown, where: string): URL {
  if (typeof url !== 'string') throw refusal(where, `is ${describeValue(url)}`)
  // URL drops these without a word, which would shorten a password.
  if (/[\t\n\r]/u.test(url.trim())) throw refusal(where, 'holds a line break or a tab')
  if (!PROTOCOL.test(url.trim())) throw refusal(where, 'does not begin with postgres:// or postgresql://')
  // Asked first, because the error of new URL() carries the whole text, password included.
  if (!URL.canParse(url)) throw refusal(where, 'is not a URL, as when a password has a bare @, /, ? or #')
  const parsed = new URL(url)
  // A password with a bare / ? # or @ moves the border between the parts: its rest would become the host, the
  // database or a query key, and the credentials would travel to another machine (E11).
  const rest = parsed.pathname.slice(1) + parsed.search
  if (parsed.hash !== '' || rest.includes('@') || parsed.pathname.slice(1).includes('/')) {
    throw refusal(where, 'holds a bare @, /, ? or #, which ends a part of it')
  }
  return parsed
}

function decode(text: string, where: string, part: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    throw refusal(where, `holds a % in the ${part} that is not a percent-encoding`)
  }
}

/** Not URLSearchParams: it reads + as a space and lets a broken percent-encoding pass; libpq does neither. */
function queryOf(parsed: URL, where: string): (readonly [key: string, value: string])[] {
  const pieces = parsed.search.slice(1).split('&')
  return pieces
    .filter((piece) => piece !== '')
    .map((piece) => {
      const [key = '', ...value] = piece.split('=').map((text) => decode(text, where, 'query'))
      return [key, value.join('=')]
    })
}

function readQueryKey(parts: ConnectionUrlParts, key: string, value: string, where: string): void {
  const read = Object.hasOwn(QUERY_KEYS, key) ? QUERY_KEYS[key] : undefined
  if (read === undefined) throw unknownKey(key, where)
  read(parts, value, where)
}

function unknownKey(key: string, where: string): ConfigurationError {
  if (FILE_KEYS.includes(key)) {
    return new ConfigurationError({
      message: `${where} has the query key ${key}, which would read a file or a secret.`,
      hint: 'Read the file in the program and pass its content with the ssl option.',
      context: { where },
    })
  }
  const allowed = Object.keys(QUERY_KEYS)
  const nearest = nearestKey(key, allowed)
  // Anything else may be the rest of a password that holds a bare question mark.
  const shown = /^[\w-]{1,40}$/u.test(key) ? key : '(not shown)'
  return new ConfigurationError({
    message: `${where} has the unknown query key ${shown}; allowed are ${allowed.join(', ')}.`,
    hint: nearest === undefined ? 'Remove it, or use an option of the program.' : `Did you mean ${nearest}?`,
    context: { where },
  })
}

type QueryKeyReader = (parts: ConnectionUrlParts, value: string, where: string) => void

const QUERY_KEYS: Readonly<Record<string, QueryKeyReader>> = {
  sslmode(parts, value, where) {
    if (parts.ssl !== undefined) throw refusal(where, 'has both ssl and sslmode')
    parts.ssl = parseSslMode(value, `sslmode in ${where}`)
  },
  ssl(parts, value, where) {
    if (parts.ssl !== undefined) throw refusal(where, 'has both ssl and sslmode')
    const isOn = SWITCHES.get(value)
    if (isOn === undefined) {
      throw refusal(where, `has ssl=${describeValue(value)}, which is neither true nor false`)
    }
    parts.ssl = isOn
  },
  application_name(parts, value) {
    parts.applicationName = value
  },
  connect_timeout(parts, value, where) {
    const seconds = /^\d{1,6}$/u.test(value) ? Number(value) : 0
    if (seconds === 0) {
      throw refusal(where, `has connect_timeout=${describeValue(value)}, which is not 1 to 999999 seconds`)
    }
    parts.connectTimeoutMillis = seconds * 1_000
  },
  target_session_attrs(parts, value) {
    parts.targetSessionAttrs = value
  },
  load_balance_hosts(parts, value, where) {
    if (value !== 'random' && value !== 'disable') {
      throw refusal(
        where,
        `has load_balance_hosts=${describeValue(value)}, which is neither random nor disable`,
      )
    }
    parts.loadBalanceHosts = value === 'random'
  },
  require_auth(parts, value) {
    parts.requireAuth = value.split(',')
  },
  channel_binding(parts, value) {
    // There is no third way here: what is not required proves nothing.
    parts.channelBinding = value === 'prefer' ? 'disable' : value
  },
  host(parts, value, where) {
    if (!value.startsWith('/')) {
      throw refusal(where, 'has a query key host that is not the path of a directory')
    }
    if (parts.hosts !== undefined || (parts.host !== undefined && parts.host !== 'localhost'))
      throw refusal(where, 'names two hosts')
    parts.host = value
  },
}

function refusal(where: string, flaw: string): ConfigurationError {
  return new ConfigurationError({
    message: `${where} ${flaw}.`,
    hint: 'Write postgres://user:password@host:5432/database, and percent-encode special characters in every part.',
    context: { where },
  })
}
