import type { ConnectionOptions } from 'node:tls'
import { inspect } from 'node:util'
import { ConfigurationError } from '../errors/usage-error.js'
import { isLocal } from './is-local.js'
import { OptionsReader } from './options-reader.js'

/**
 * How the connection is encrypted: the part of Node's `tls.connect` options that makes sense here.
 *
 * The server's certificate is checked against its host name unless `rejectUnauthorized: false` says otherwise; the
 * environment variable NODE_TLS_REJECT_UNAUTHORIZED does not change that.
 *
 * @example
 * ```ts
 * import { readFileSync } from 'node:fs'
 * import type { TlsOptions } from 'async-database'
 *
 * export const ssl = (path: string): TlsOptions => ({ ca: readFileSync(path, 'utf8') })
 * ```
 */
export type TlsOptions = Pick<
  ConnectionOptions,
  | 'ca'
  | 'cert'
  | 'key'
  | 'passphrase'
  | 'pfx'
  | 'servername'
  | 'rejectUnauthorized'
  | 'checkServerIdentity'
  | 'minVersion'
  | 'maxVersion'
  | 'ciphers'
>

interface Kind {
  readonly name: string
  readonly fits: (value: unknown) => boolean
}

const TEXT: Kind = { name: 'a string', fits: (value) => typeof value === 'string' }
const FUNCTION: Kind = { name: 'a function', fits: (value) => typeof value === 'function' }
const BOOLEAN: Kind = { name: 'true or false', fits: (value) => typeof value === 'boolean' }
const MATERIAL: Kind = {
  name: 'a string, a Buffer or an array of them',
  fits: (value) => typeof value === 'string' || value instanceof Uint8Array || Array.isArray(value),
}

const KINDS: Readonly<Record<keyof TlsOptions, Kind>> = {
  ca: MATERIAL,
  cert: MATERIAL,
  key: MATERIAL,
  passphrase: TEXT,
  pfx: MATERIAL,
  servername: TEXT,
  rejectUnauthorized: BOOLEAN,
  checkServerIdentity: FUNCTION,
  minVersion: TEXT,
  maxVersion: TEXT,
  ciphers: TEXT,
}

const KEYS = Object.keys(KINDS) as (keyof TlsOptions)[]

const HIDDEN: ReadonlySet<string> = new Set<keyof TlsOptions>(['key', 'passphrase', 'pfx'])

/**
 * Decides how a connection is encrypted. Pure; performs no I/O.
 *
 * @param ssl - The `ssl` option, or what the URL said where the option is absent.
 * @param host - The host name, address or socket directory.
 * @returns False for a connection in the clear, else frozen options that print without their private parts.
 * Undecided, only connections that stay on this machine are in the clear (S5). A Unix socket is never encrypted,
 * as in libpq.
 * @throws {@link ConfigurationError} if `ssl` is neither a boolean nor an object of known keys with values of their kind.
 */
export function resolveTls(ssl: unknown, host: string): false | TlsOptions {
  if (ssl === false || host.startsWith('/')) return false
  if (ssl === undefined && isLocal(host)) return false
  const reader = new OptionsReader(ssl === true ? {} : ssl, KEYS, 'ssl')
  // Without a prototype: pg asks `'key' in ssl`, and Object.prototype may be polluted (S11).
  const options = Object.create(null) as Record<string, unknown>
  options['rejectUnauthorized'] = true
  for (const key of KEYS) {
    const value = reader.value(key)
    if (value === undefined) continue
    // The value is not shown: it may be a private key or its passphrase.
    if (!KINDS[key].fits(value)) {
      throw new ConfigurationError({
        message: `ssl.${key} is not ${KINDS[key].name}.`,
        context: { key: `ssl.${key}` },
      })
    }
    options[key] = Array.isArray(value) ? Object.freeze([...(value as unknown[])]) : value
  }
  return hidePrivateParts(options)
}

/** Spreading the result keeps the keys and drops the masks, which are not enumerable. */
function hidePrivateParts(options: Record<string, unknown>): TlsOptions {
  const masked = (): Record<string, unknown> =>
    Object.fromEntries(
      Object.entries(options).map(([key, value]) => [key, HIDDEN.has(key) ? '[secret]' : value]),
    )
  Object.defineProperty(options, 'toJSON', { value: masked })
  Object.defineProperty(options, inspect.custom, { value: masked })
  return Object.freeze(options)
}
