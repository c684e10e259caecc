import { isIP } from 'node:net'
import { ConfigurationError } from '../errors/usage-error.js'
import { describeValue, OptionsReader } from './options-reader.js'
import { resolveTls, type TlsOptions } from './tls-options.js'

/** One of several servers. */
export interface HostAddress {
  /** A host name, an IP address, or the directory of a Unix socket (begins with `/`). */
  readonly host: string
  /**
   * The port (1 … 65535).
   *
   * @defaultValue 5432
   */
  readonly port?: number | undefined
}

/** One server, and how connections to it are encrypted. */
export interface ResolvedHost {
  /** A host name, an IP address without brackets, or the directory of a Unix socket. */
  readonly host: string
  /** The port. */
  readonly port: number
  /** False for a connection in the clear. */
  readonly ssl: false | TlsOptions
}

/**
 * Which servers will do, as in libpq:
 *
 * - `any`: each that lets us in.
 * - `read-write`: sessions can write: neither a standby nor `default_transaction_read_only`; `read-only`: the others.
 * - `primary`, `standby`: by the server's part in replication alone.
 * - `prefer-standby`: a standby where there is one, else any.
 *
 * @see PostgreSQL manual, libpq, "target_session_attrs"
 */
export type TargetSessionAttrs = 'any' | 'read-write' | 'read-only' | 'primary' | 'standby' | 'prefer-standby'

/** Every {@link TargetSessionAttrs}. */
export const TARGET_SESSION_ATTRS: readonly TargetSessionAttrs[] = [
  'any',
  'read-write',
  'read-only',
  'primary',
  'standby',
  'prefer-standby',
]

/** A list can hold more, but each dead host costs the first to connect a wait. */
const MAX_HOSTS = 64

/** What the fields and the URL say of the servers. */
export interface HostFields {
  readonly host: unknown
  readonly port: unknown
  readonly hosts: unknown
  readonly ssl: unknown
}

/**
 * Makes the list of servers, each with its own encryption. Pure; performs no I/O.
 *
 * @param fields - `hosts`, or `host` and `port`, and `ssl`.
 * @returns At least one server, in the order in which they are tried; frozen.
 * @throws {@link ConfigurationError} if `hosts` is given beside `host` or `port`, is empty or too long, or if any part
 * of it is unsound.
 */
export function resolveHosts(fields: HostFields): readonly ResolvedHost[] {
  const { hosts, ssl, ...single } = fields
  if (hosts === undefined) return Object.freeze([resolveHost(single, '', ssl)])
  if (single.host !== undefined || single.port !== undefined) {
    throw new ConfigurationError({
      message: 'hosts is given beside host or port.',
      hint: 'Put the port of each server into hosts, and leave host and port out.',
      context: { key: 'hosts' },
    })
  }
  if (!Array.isArray(hosts) || hosts.length === 0 || hosts.length > MAX_HOSTS) {
    throw new ConfigurationError({
      message: `hosts is ${Array.isArray(hosts) ? `an array of ${String(hosts.length)}` : describeValue(hosts)}; expected an array of 1 to ${String(MAX_HOSTS)} objects with host and port.`,
      context: { key: 'hosts' },
    })
  }
  return Object.freeze(hosts.map((entry, index) => resolveHost(entry, `hosts[${String(index)}]`, ssl)))
}

function resolveHost(entry: unknown, path: string, ssl: unknown): ResolvedHost {
  const reader = new OptionsReader(entry, ['host', 'port'], path)
  const host = reader.text('host', hostFlaw) ?? 'localhost'
  const port = reader.integer('port', { min: 1, max: 65_535, fallback: 5432 })
  return Object.freeze({ host, port, ssl: resolveTls(ssl, host) })
}

function hostFlaw(host: string): string | undefined {
  if (host === '') return 'is empty'
  if (host.includes('\0')) return 'holds a NUL character'
  if (host.startsWith('/')) return undefined
  if (host.includes(',')) return 'names several hosts; give them as hosts: [{ host, port }, …]'
  // A whole URL, a port or brackets in here would be looked up as a name and fail far from the reason.
  const isSound = isIP(host) !== 0 || /^[\p{L}\p{N}._-]+$/u.test(host)
  return isSound ? undefined : 'is neither a host name, an address, nor the path of a socket directory'
}
