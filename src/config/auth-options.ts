import { ConfigurationError } from '../errors/usage-error.js'
import { describeValue } from './options-reader.js'
import type { ResolvedHost } from './host-options.js'
import { isLocal } from './is-local.js'

/**
 * How a server may ask who we are, in libpq's words: `password` in the clear, `md5`, `scram-sha-256`, or `none`: it
 * lets us in without asking (`trust`, `peer`, a client certificate).
 *
 * @see PostgreSQL manual, libpq, "require_auth"
 */
export type AuthMethod = 'none' | 'password' | 'md5' | 'scram-sha-256'

const AUTH_METHODS: readonly AuthMethod[] = ['none', 'password', 'md5', 'scram-sha-256']

/**
 * Whether SCRAM proves that it runs over the very TLS connection that it seems to: `require` refuses servers that
 * can't, `disable` does not try.
 *
 * @see RFC 5929, tls-server-end-point; PostgreSQL manual, libpq, "channel_binding"
 */
export type ChannelBinding = 'disable' | 'require'

/** Every {@link ChannelBinding}. */
export const CHANNEL_BINDINGS: readonly ChannelBinding[] = ['disable', 'require']

/**
 * Decides which ways of asking are answered. Pure; performs no I/O.
 *
 * @param requireAuth - The option; undefined for the default.
 * @param host - The server.
 * @param hasPassword - Whether there is a password that a false server could be after.
 * @returns The methods. By default a password leaves this machine only through a verified TLS connection or as a
 * SCRAM proof, which tells whoever listens nothing and is no use to a server that does not know the password (S6).
 * @throws {@link ConfigurationError} if the option is not a list of methods, or is empty.
 */
export function resolveAuthMethods(
  requireAuth: unknown,
  host: ResolvedHost,
  hasPassword: boolean,
): readonly AuthMethod[] {
  if (requireAuth !== undefined) return Object.freeze(checkMethods(requireAuth))
  const isTrusted = host.ssl === false ? isLocal(host.host) : host.ssl.rejectUnauthorized !== false
  if (isTrusted) return AUTH_METHODS
  return hasPassword ? ['scram-sha-256'] : ['none', 'scram-sha-256']
}

function checkMethods(requireAuth: unknown): AuthMethod[] {
  const isSound =
    Array.isArray(requireAuth) &&
    requireAuth.length > 0 &&
    requireAuth.every((method) => AUTH_METHODS.includes(method as AuthMethod))
  if (isSound) return [...(requireAuth as AuthMethod[])]
  const met = Array.isArray(requireAuth)
    ? `[${requireAuth.map(describeValue).join(', ')}]`
    : describeValue(requireAuth)
  throw new ConfigurationError({
    message: `requireAuth is ${met}; expected a list of ${AUTH_METHODS.join(', ')}.`,
    context: { key: 'requireAuth' },
  })
}
