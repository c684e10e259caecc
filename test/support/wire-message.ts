/** Which way bytes travel through the proxy. */
export type Direction = 'toServer' | 'toClient'

/** One message of PostgreSQL's wire protocol, as the proxy saw it. */
export interface WireMessage {
  readonly direction: Direction
  /** The type byte, e.g. `Q`; empty for the untyped messages that start a connection. */
  readonly type: string
  /** The manual's name, e.g. `Query`, `ReadyForQuery`, `StartupMessage`; `Unknown` for a type it does not list. */
  readonly name: string
  /** Bytes on the wire, type byte included. */
  readonly length: number
  /**
   * SQL of Query and Parse, and of the statement that Bind, Execute and Describe name; tag of CommandComplete;
   * message of ErrorResponse and NoticeResponse.
   */
  readonly text?: string
  /** Name of the prepared statement in Parse, Bind, Describe and Close; empty for the unnamed one. */
  readonly statementName?: string
  /** Name of the portal in Bind, Execute, Describe and Close; empty for the unnamed one. */
  readonly portalName?: string
  /** SQLSTATE of ErrorResponse and NoticeResponse. */
  readonly sqlState?: string
  /** Transaction status of ReadyForQuery: `I` idle, `T` in a transaction, `E` in a failed one. */
  readonly status?: string
  /** Process id of BackendKeyData. */
  readonly backendPid?: number
  /** Name and value of StartupMessage and ParameterStatus. */
  readonly parameters?: Readonly<Record<string, string>>
}

const FRONTEND_NAMES: Readonly<Record<string, string>> = {
  B: 'Bind',
  C: 'Close',
  D: 'Describe',
  E: 'Execute',
  F: 'FunctionCall',
  H: 'Flush',
  P: 'Parse',
  Q: 'Query',
  S: 'Sync',
  X: 'Terminate',
  c: 'CopyDone',
  d: 'CopyData',
  f: 'CopyFail',
  p: 'PasswordMessage',
}

const BACKEND_NAMES: Readonly<Record<string, string>> = {
  1: 'ParseComplete',
  2: 'BindComplete',
  3: 'CloseComplete',
  A: 'NotificationResponse',
  C: 'CommandComplete',
  D: 'DataRow',
  E: 'ErrorResponse',
  G: 'CopyInResponse',
  H: 'CopyOutResponse',
  I: 'EmptyQueryResponse',
  K: 'BackendKeyData',
  N: 'NoticeResponse',
  R: 'Authentication',
  S: 'ParameterStatus',
  T: 'RowDescription',
  V: 'FunctionCallResponse',
  W: 'CopyBothResponse',
  Z: 'ReadyForQuery',
  c: 'CopyDone',
  d: 'CopyData',
  n: 'NoData',
  s: 'PortalSuspended',
  t: 'ParameterDescription',
  v: 'NegotiateProtocolVersion',
}

/** Codes in the place of a protocol version (PostgreSQL manual, "Message Formats"). */
const STARTUP_NAMES = new Map([
  [80_877_102, 'CancelRequest'],
  [80_877_103, 'SSLRequest'],
  [80_877_104, 'GSSENCRequest'],
])

const HEADER_BYTES = 5

/** Describe and Close name a statement with S, a portal with P. */
const STATEMENT = 'S'.charCodeAt(0)

/** Describes one typed message. Parameters, rows and passwords are never kept. */
export function describeMessage(direction: Direction, bytes: Buffer): WireMessage {
  const type = String.fromCharCode(bytes[0] ?? 0)
  const names = direction === 'toServer' ? FRONTEND_NAMES : BACKEND_NAMES
  const name = names[type] ?? 'Unknown'
  return { direction, type, name, length: bytes.length, ...details(name, bytes.subarray(HEADER_BYTES)) }
}

/** Describes the untyped message that a client opens a connection with. */
export function describeStartup(bytes: Buffer): WireMessage {
  const base = { direction: 'toServer', type: '', length: bytes.length } as const
  const special = STARTUP_NAMES.get(bytes.readInt32BE(4))
  if (special !== undefined) return { ...base, name: special }
  return { ...base, name: 'StartupMessage', parameters: pairs(strings(bytes.subarray(8))) }
}

/** Describes the one byte, without a length, that answers SSLRequest and GSSENCRequest. */
export function describeEncryptionAnswer(bytes: Buffer): WireMessage {
  const type = bytes.toString('latin1')
  return { direction: 'toClient', type, name: 'EncryptionAnswer', length: bytes.length }
}

function details(name: string, payload: Buffer): Partial<WireMessage> {
  switch (name) {
    case 'Query':
    case 'CommandComplete':
      return { text: strings(payload, 1)[0] ?? '' }
    case 'Parse': {
      const [statementName = '', text = ''] = strings(payload, 2)
      return { statementName, text }
    }
    case 'Bind': {
      const [portalName = '', statementName = ''] = strings(payload, 2)
      return { portalName, statementName }
    }
    case 'Execute':
      return { portalName: strings(payload, 1)[0] ?? '' }
    case 'Describe':
    case 'Close':
      return {
        [payload[0] === STATEMENT ? 'statementName' : 'portalName']: strings(payload.subarray(1), 1)[0] ?? '',
      }
    case 'ReadyForQuery':
      return { status: payload.toString('latin1', 0, 1) }
    case 'BackendKeyData':
      return payload.length >= 4 ? { backendPid: payload.readInt32BE(0) } : {}
    case 'ParameterStatus':
      return { parameters: pairs(strings(payload)) }
    case 'ErrorResponse':
    case 'NoticeResponse': {
      const fields = new Map(strings(payload).map((field) => [field.slice(0, 1), field.slice(1)]))
      return { text: fields.get('M') ?? '', sqlState: fields.get('C') ?? '' }
    }
    default:
      return {}
  }
}

/** The zero-terminated strings at the start of a payload. */
function strings(payload: Buffer, limit = Number.POSITIVE_INFINITY): string[] {
  const found: string[] = []
  for (let from = 0; from < payload.length && found.length < limit;) {
    const end = payload.indexOf(0, from)
    if (end === -1) break
    found.push(payload.toString('utf8', from, end))
    from = end + 1
  }
  return found
}

function pairs(list: readonly string[]): Record<string, string> {
  const result: Record<string, string> = {}
  for (let index = 0; index + 1 < list.length; index += 2) {
    const name = list[index]
    if (name) result[name] = list[index + 1] ?? ''
  }
  return result
}
