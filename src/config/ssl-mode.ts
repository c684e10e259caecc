import { ConfigurationError } from '../errors/usage-error.js'
import { describeValue } from './options-reader.js'
import type { TlsOptions } from './tls-options.js'

const MODES: ReadonlyMap<string, boolean | TlsOptions> = new Map<string, boolean | TlsOptions>([
  ['disable', false],
  // libpq's `require` checks no certificate; here the name promises nothing weaker than pg 8 does.
  ['require', true],
  ['verify-ca', { checkServerIdentity: () => undefined }],
  ['verify-full', true],
  ['no-verify', { rejectUnauthorized: false }],
])

/**
 * Reads an `sslmode` as the `ssl` option. Pure; performs no I/O.
 *
 * @param mode - `disable`, `require` and `verify-full` (certificate and host name are checked), `verify-ca` (the
 * certificate only) or `no-verify` (encrypted, nothing checked). `allow` and `prefer` are refused: they fall back
 * to the clear whenever somebody in between wants them to.
 * @param where - Where it came from, for the message.
 * @returns What the `ssl` option would say.
 * @throws {@link ConfigurationError} if the mode is none of these.
 */
export function parseSslMode(mode: string, where: string): boolean | TlsOptions {
  const ssl = MODES.get(mode)
  if (ssl !== undefined) return ssl
  throw new ConfigurationError({
    message: `${where} is ${describeValue(mode)}; expected one of ${[...MODES.keys()].join(', ')}.`,
    hint: 'Modes that may fall back to an unencrypted connection (allow, prefer) are refused.',
    context: { key: where },
  })
}
