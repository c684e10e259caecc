import { DatabaseError, InternalError } from '../errors/database-error.js'
import { ConnectionFailedError } from '../errors/operational-error.js'
import type { ServerHost } from './host-choice.js'
import { serverError, type ServerMessage } from './server-error.js'

/** What can be said about the target without a secret. */
export interface ConnectTarget {
  readonly host: string
  readonly port: number
  readonly user: string
  readonly database: string
}

/**
 * PgBouncer's refusal of settings that a connection is opened with. It has one SQLSTATE (08P01) for this, which no
 * further attempt mends, and for whatever passes by itself, so its words decide; it does not translate them.
 */
const REFUSED_SETTING = /^unsupported startup parameter/
const SAY_POOLER = "Say pooler: 'transaction': settings then travel with each transaction."

/** Whether a pooler in transaction mode stands where PostgreSQL itself was expected. @internal */
export function isPoolersRefusal(cause: unknown): boolean {
  return cause instanceof Error && REFUSED_SETTING.test(cause.message)
}

/** Node's codes for a certificate that was refused. */
const TLS_CODE = /CERT|SELF_SIGNED|UNABLE_TO_VERIFY|UNABLE_TO_GET_ISSUER|ERR_TLS/
const UNKNOWN_ISSUER =
  'The certificate is not signed by an authority that this machine knows: give that with ssl: { ca }.'
const NO_TLS = 'Turn TLS on at the server, or say ssl: false where the network may be trusted.'

const HINTS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'Nothing listens there: is the server running, and are host and port right?',
  ENOTFOUND: 'The host name does not resolve: is it spelled right?',
  ETIMEDOUT: 'Nothing answered: is a firewall in between?',
  ECONNRESET: 'The other side closed the connection while it was being set up.',
  CERT_HAS_EXPIRED: 'The certificate of the server has expired: renew it.',
  ERR_TLS_CERT_ALTNAME_INVALID:
    'The certificate is for another host name: connect by that name, or give it with ssl: { servername }.',
  '28P01': 'Check the user and the password.',
  '28000': 'The server refuses this user from here: check pg_hba.conf.',
  '3D000': 'Create the database, or check its name.',
  '53300': 'The server has no connection left: lower pool.size, or raise max_connections.',
  '57P03': 'The server is starting up or shutting down: try again in a moment.',
}

/**
 * Why a connection could not be opened: names the target and what to check, keeps the original as cause. No I/O.
 *
 * @internal
 */
export function connectError(cause: unknown, target: ConnectTarget): DatabaseError {
  if (DatabaseError.is(cause)) return cause
  const { code, severity } = cause as { code?: unknown; severity?: unknown }
  const codeText = typeof code === 'string' ? code : undefined
  const translated = severity === undefined ? undefined : serverError(cause as ServerMessage)
  const reason = [codeText, wordsOf(cause, codeText, translated)]
    .filter((part) => part !== undefined)
    .join(', ')
  return new ConnectionFailedError({
    message: `No connection to ${target.host}:${target.port} as ${target.user} on database ${target.database}: ${reason}`,
    hint: hintOf(cause, codeText),
    context: {
      host: target.host,
      port: target.port,
      user: target.user,
      database: target.database,
      code: codeText,
    },
    sqlState: translated?.sqlState,
    cause,
  })
}

/** A server that let us in, and is of the wrong kind. */
export function unsuitable(server: ServerHost, flaw: string, target: string): ConnectionFailedError {
  return new ConnectionFailedError({
    message: `No connection: ${server.host}:${server.port} ${flaw}, and targetSessionAttrs is ${target}`,
    hint: 'During a failover this passes. Otherwise check hosts and targetSessionAttrs.',
    // sqlclient unable to establish sqlconnection: worth another attempt, as every 08xxx.
    sqlState: '08001',
  })
}

/** None of the servers would do: the reasons in the order of the attempts. All are kept as suppressed. */
export function noServerSuits(
  failures: readonly DatabaseError[],
  { user, database }: Pick<ConnectTarget, 'user' | 'database'>,
): DatabaseError {
  const [last, ...earlier] = [...failures].reverse()
  if (last === undefined) throw new InternalError({ message: 'no server was tried' })
  if (earlier.length === 0) return last
  // Worth trying again if any of them is.
  const telling =
    failures.find(({ sqlState }) => sqlState === undefined || /^(?:57P|08)/.test(sqlState)) ?? last
  const error = new ConnectionFailedError({
    message: `No connection as ${user} on database ${database} to any of ${failures.length} servers. ${failures.map(({ message }) => message).join('; ')}`,
    hint: last.hint,
    sqlState: telling.sqlState,
    cause: telling.cause ?? telling,
  })
  error.suppressed.push(...failures)
  return error
}

/** Texts that pg itself writes; any other may hold what should not be in a message (S7). */
const KNOWN_TEXT =
  /^(?:timeout expired|Connection terminated|The server does not support SSL|There was an error establishing an SSL|SASL: |Password must be a string|received invalid response)/

/** What the server or Node's TLS said: it names the user, the rule of pg_hba.conf or the certificate, and no secret. */
function wordsOf(
  cause: unknown,
  code: string | undefined,
  translated: DatabaseError | undefined,
): string | undefined {
  if (!(cause instanceof Error)) return code === undefined ? 'see the cause' : undefined
  if (translated !== undefined)
    return ConnectionFailedError.is(translated) || isPoolersRefusal(cause) ? cause.message : undefined
  if (code !== undefined) return TLS_CODE.test(code) ? cause.message : undefined
  return KNOWN_TEXT.test(cause.message) ? cause.message : 'see the cause'
}

function hintOf(cause: unknown, code: string | undefined): string | undefined {
  const { hint, message } = cause as { readonly hint?: unknown; readonly message?: unknown }
  if (typeof hint === 'string') return hint
  if (isPoolersRefusal(cause)) return SAY_POOLER
  if (code !== undefined) return HINTS[code] ?? (TLS_CODE.test(code) ? UNKNOWN_ISSUER : undefined)
  return String(message).startsWith('The server does not support SSL') ? NO_TLS : undefined
}
