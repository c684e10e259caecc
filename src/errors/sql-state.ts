import type { DatabaseError } from './database-error.js'
import {
  CheckViolationError,
  ExclusionViolationError,
  ForeignKeyViolationError,
  IntegrityError,
  NotNullViolationError,
  UniqueViolationError,
} from './integrity-error.js'
import { ConnectionFailedError, DisconnectedError, OperationalError } from './operational-error.js'
import type { QueryErrorInit } from './query-error-fields.js'
import {
  DataError,
  InsufficientPrivilegeError,
  LockNotAvailableError,
  ProgrammingError,
  QueryCanceledError,
  QueryError,
} from './query-error.js'
import { SQL_STATE_CONDITIONS } from './sql-state-conditions.js'
import { DeadlockDetectedError, SerializationFailureError, TransactionError } from './transaction-error.js'

/** The fields of PostgreSQL's ErrorResponse, as pg names them. */
export interface ServerErrorFields {
  /** SQLSTATE. */
  readonly code: string
  /** ERROR, FATAL or PANIC, in the server's language. */
  readonly severity: string
  /** The server's primary message, in the server's language. */
  readonly message: string
  /** May hold row values. */
  readonly detail?: string | undefined
  /** The server's advice. */
  readonly hint?: string | undefined
  /** The schema concerned. */
  readonly schema?: string | undefined
  /** The table concerned. */
  readonly table?: string | undefined
  /** The column concerned. */
  readonly column?: string | undefined
  /** The constraint concerned. */
  readonly constraint?: string | undefined
  /** A character of the statement counted from 1; pg delivers it as text. */
  readonly position?: string | number | undefined
  /** The server's call stack, which may quote statements and values. */
  readonly where?: string | undefined
}

interface Verdict {
  readonly type: new (init: QueryErrorInit) => DatabaseError
  readonly hint: string
}

const FIX_ROW = "The server's own words are in `cause`, because they may quote row values."
const CONNECT: Verdict = {
  type: ConnectionFailedError,
  hint: 'Check host, port, user, password and database, and whether the server accepts connections.',
}
const DISCONNECT: Verdict = {
  type: DisconnectedError,
  hint: 'The connection is given up. Begin again in a new transaction once the server is back.',
}
const FIX_SQL: Verdict = {
  type: ProgrammingError,
  hint: 'Fix the statement, or bring the schema up to date.',
}
const WAIT: Verdict = {
  type: OperationalError,
  hint: 'Relieve the server; the statement itself may be right.',
}
const FOREIGN_KEY: Verdict = {
  type: ForeignKeyViolationError,
  hint: 'Insert the referenced row first, or remove the rows that still refer to this one.',
}

/**
 * SQLSTATE, or its first two characters for a whole class, to what it means for the reader. Messages are never
 * consulted: the server translates them, and severities too.
 */
const VERDICTS: Readonly<Record<string, Verdict>> = {
  '08': DISCONNECT,
  '08001': CONNECT,
  '08004': CONNECT,
  '0A': FIX_SQL,
  '21': FIX_SQL,
  '22': { type: DataError, hint: `Check the value against the type of its column. ${FIX_ROW}` },
  '22023': {
    type: DataError,
    hint: `A role, a setting or an argument has a value that the server does not know. ${FIX_ROW}`,
  },
  '23': { type: IntegrityError, hint: FIX_ROW },
  '23001': FOREIGN_KEY,
  '23502': { type: NotNullViolationError, hint: 'Give the column a value or a default.' },
  '23503': FOREIGN_KEY,
  '23505': {
    type: UniqueViolationError,
    hint: 'A row with this key exists: choose another key, or say what to do with ON CONFLICT.',
  },
  '23514': { type: CheckViolationError, hint: `Change the values so that the constraint holds. ${FIX_ROW}` },
  '23P01': {
    type: ExclusionViolationError,
    hint: `Change the values so that they no longer conflict. ${FIX_ROW}`,
  },
  '25006': {
    type: QueryError,
    hint: 'The transaction is read only: leave readOnly out, or connect to the primary if this server is a standby.',
  },
  '25P03': {
    type: DisconnectedError,
    hint: 'The transaction paused for longer than session.idleInTransactionTimeoutMillis and was rolled back: wait for other things before it begins.',
  },
  '25P04': DISCONNECT,
  '26': FIX_SQL,
  '28': CONNECT,
  '34': FIX_SQL,
  '3D': CONNECT,
  '3F': FIX_SQL,
  '40': { type: TransactionError, hint: 'Find out what was applied before running the transaction again.' },
  '40001': { type: SerializationFailureError, hint: 'Run the whole transaction again.' },
  '40P01': {
    type: DeadlockDetectedError,
    hint: 'Run the whole transaction again; lock rows in one order everywhere to make this rare.',
  },
  '42': FIX_SQL,
  '42501': {
    type: InsufficientPrivilegeError,
    hint: 'GRANT the privilege to the role, or use another role.',
  },
  '53': WAIT,
  '53300': CONNECT,
  '55P03': {
    type: LockNotAvailableError,
    hint: 'Another transaction holds the lock: try again later, or wait longer.',
  },
  '57014': {
    type: QueryCanceledError,
    hint: 'Make the statement cheaper, or raise session.statementTimeoutMillis.',
  },
  '57P01': DISCONNECT,
  '57P02': DISCONNECT,
  '57P03': CONNECT,
  '57P04': DISCONNECT,
  '57P05': DISCONNECT,
  '58': WAIT,
}

const UNKNOWN: Verdict = { type: QueryError, hint: FIX_ROW }

/** Classes whose primary message names objects, never row values; the text of all others stays in `cause` (S7, S8). */
const CLASSES_WITH_SAFE_TEXT = new Set([
  '08',
  '0A',
  '25',
  '26',
  '28',
  '2B',
  '34',
  '3B',
  '3D',
  '3F',
  '40',
  '42',
  '53',
  '54',
  '55',
  '57',
  '58',
])

/**
 * Builds the error of the right class for what the server reported. Pure; performs no I/O.
 *
 * @param fields - The fields of the ErrorResponse.
 * @param cause - The original error, kept untouched.
 * @returns The error; unknown codes fall to their class, then to {@link QueryError}. Its message holds no row value.
 * @example
 * ```ts ignore -- not exported from the package
 * throw errorFromServer({ code: '23505', severity: 'ERROR', message: '…', table: 'person' }, original)
 * ```
 */
export function errorFromServer(fields: ServerErrorFields, cause: unknown): DatabaseError {
  const { code } = fields
  const verdict = ownVerdict(code) ?? ownVerdict(code.slice(0, 2)) ?? UNKNOWN
  const isTextSafe = CLASSES_WITH_SAFE_TEXT.has(code.slice(0, 2))
  return new verdict.type({
    message: `${describeState(code)}${describePlace(fields)}${isTextSafe ? `: ${fields.message}` : ''}.`,
    hint: (isTextSafe ? fields.hint : undefined) ?? verdict.hint,
    cause,
    sqlState: code,
    severity: fields.severity,
    detail: fields.detail,
    schema: fields.schema,
    table: fields.table,
    column: fields.column,
    constraint: fields.constraint,
    position: fields.position === undefined ? undefined : Number(fields.position),
  })
}

function ownVerdict(key: string): Verdict | undefined {
  return Object.hasOwn(VERDICTS, key) ? VERDICTS[key] : undefined
}

function describeState(code: string): string {
  const condition = SQL_STATE_CONDITIONS.get(code)
  return `PostgreSQL answered ${code}${condition === undefined ? '' : ` (${condition})`}`
}

function describePlace({ schema, table, column, constraint }: ServerErrorFields): string {
  const relation = [schema, table].filter((name) => name !== undefined).join('.')
  const parts = [
    constraint === undefined ? '' : ` for constraint ${constraint}`,
    column === undefined ? '' : ` for column ${column}`,
    relation === '' ? '' : ` of ${relation}`,
  ]
  return parts.join('')
}
