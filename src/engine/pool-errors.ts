import type { DatabaseError } from '../errors/database-error.js'
import {
  OperationAbortedError,
  PoolClosedError,
  PoolDeadlockError,
  PoolExhaustedError,
  type PoolFigures,
  type PoolHolder,
  PoolTimeoutError,
  ProtocolError,
} from '../errors/operational-error.js'
import { SessionClosedError } from '../errors/usage-error.js'
import { isPoolersRefusal } from '../postgres/connect-error.js'

function figures(stats: PoolFigures): string {
  return `${stats.inUse} of ${stats.max} in use, ${stats.waiting} waiting`
}

/** More than a few names make a line of a log that nobody reads; all of them are in the error. */
const MOST_NAMES = 3

/** Who holds the connections, for a message. */
function namesOf(holders: readonly PoolHolder[]): string {
  const names = holders.slice(0, MOST_NAMES).map(({ sessionId, heldMillis, where }) => {
    const place = where === undefined ? '' : ` (${where})`
    return `${sessionId ?? 'work outside sessions'} for ${heldMillis} ms${place}`
  })
  if (holders.length > MOST_NAMES) names.push(`${holders.length - MOST_NAMES} more`)
  return names.join(', ')
}

/** Nothing came back in time. */
export function poolTimeout(
  waitedMillis: number,
  stats: PoolFigures,
  holders: readonly PoolHolder[],
  cause?: DatabaseError,
): PoolTimeoutError {
  const held = holders.length === 0 ? '' : `; held by ${namesOf(holders)}`
  return new PoolTimeoutError({
    message: `The pool gave no connection within ${waitedMillis} ms (${figures(stats)}${held})`,
    hint:
      cause?.message ??
      'Look for sessions that are not closed and for slow transactions before raising pool.size.',
    waitedMillis,
    stats,
    holders,
    cause,
  })
}

/** All who could give a connection back wait for one themselves. */
export function poolDeadlock(stats: PoolFigures, holders: readonly PoolHolder[]): PoolDeadlockError {
  return new PoolDeadlockError({
    message: `No connection can come free: all ${stats.max} are held by work that waits for another one (${namesOf(holders)})`,
    hint: 'Pass the session along, or use beginNested(), instead of opening another session inside its work.',
    stats,
    holders,
  })
}

/** The line is as long as it may be. */
export function poolExhausted(maxWaiters: number, stats: PoolFigures): PoolExhaustedError {
  return new PoolExhaustedError({
    message: `The pool refused to let another caller wait (${figures(stats)}, at most ${maxWaiters})`,
    hint: 'The load is higher than the database serves: shed it, or raise pool.maxWaiters.',
    stats,
  })
}

/** The pool was closed. */
export function poolClosed(): PoolClosedError {
  return new PoolClosedError({
    message: 'The pool is closed',
    hint: 'database.close() was called; create a new AsyncDatabase to go on.',
  })
}

/** A holder did not end within the grace that closing gave it. */
export function closedUnderHolder(graceMillis: number): PoolClosedError {
  return new PoolClosedError({
    message: `The pool was closed and this connection was still in use after ${graceMillis} ms`,
    hint: 'Close sessions before database.close(), or give it a longer graceMillis.',
  })
}

/** Nobody can give the connection back any more. */
export function forgotten(): SessionClosedError {
  return new SessionClosedError({
    message: 'A session was garbage-collected while it held a connection; the connection was destroyed',
    hint: 'Close every session, best with await using or database.begin().',
    state: 'active',
    attempted: 'close',
  })
}

/** The caller gave up its place in the line. */
export function acquireAborted(signal: AbortSignal): OperationAbortedError {
  return new OperationAbortedError({
    message: 'Waiting for a connection was aborted',
    phase: 'acquire',
    cause: signal.reason,
  })
}

/** A connection came back in the middle of something. */
export function notIdle(status: string): DatabaseError {
  return new ProtocolError({
    message: `A connection came back that is not idle (status ${status})`,
    hint: 'It was destroyed, and the server rolled its transaction back.',
  })
}

/** Wrong password, no such database, no TLS, a failing password function: the next attempt would fail alike (I-FAILFAST). */
export function isWorthRetrying(error: DatabaseError): boolean {
  const { sqlState, cause } = error
  if (isPoolersRefusal(cause)) return false
  if (sqlState !== undefined)
    return sqlState === '53300' || sqlState.startsWith('57P') || sqlState.startsWith('08')
  const code = cause instanceof Error && 'code' in cause ? cause.code : undefined
  if (typeof code === 'string') return RETRIED_CODES.has(code)
  return cause instanceof Error && /^(?:timeout expired|Connection terminated)/.test(cause.message)
}

const RETRIED_CODES = new Set(
  'ECONNREFUSED ECONNRESET ECONNABORTED EPIPE ETIMEDOUT EHOSTUNREACH ENETUNREACH EAI_AGAIN ENOENT'.split(' '),
)
