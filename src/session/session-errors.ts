import type { DatabaseError } from '../errors/database-error.js'
import { DisconnectedError, OperationAbortedError, type OperationPhase } from '../errors/operational-error.js'
import {
  CommitRolledBackError,
  CommitUnknownError,
  UnexpectedRollbackError,
  type CommitOutcome,
} from '../errors/transaction-error.js'
import {
  PendingRollbackError,
  SessionClosedError,
  SessionStateError,
  UsageError,
} from '../errors/usage-error.js'
import type { DeadlineEnd } from '../foundation/deadline.js'
import type { Statement } from '../postgres/statement.js'
import type { SavepointScope } from './savepoint-stack.js'
import type { SessionOperation, SessionState } from './session-state.js'
import type { StopManner } from './stop-flight.js'
import type { TransactionEnd } from './transaction-end.js'

/** What a refusal can tell. */
export interface RefusalFacts {
  readonly state: SessionState
  readonly attempted: SessionOperation
  /** The end that is under way is that of close(). */
  readonly isClosing: boolean
  /** The failure that brought the session into this state. */
  readonly firstError: DatabaseError | undefined
  /** How the session was ended, if it was. */
  readonly end: TransactionEnd | undefined
}

const NAMES: Readonly<Record<SessionOperation, string>> = {
  statement: 'A statement',
  begin: 'begin()',
  beginNested: 'beginNested()',
  transactional: 'transactional()',
  commit: 'commit()',
  rollback: 'rollback()',
  reset: 'reset()',
  invalidate: 'invalidate()',
  close: 'close()',
}

/**
 * The error for an operation that the session's state refuses: what was tried, why not, what to do. No I/O, and
 * nothing was sent to the server.
 *
 * @internal
 */
export function refusal(facts: RefusalFacts): DatabaseError {
  const { state, attempted, isClosing, firstError, end } = facts
  const name = NAMES[attempted]
  switch (state) {
    case 'closed':
      return new SessionClosedError({
        message: `${name} was refused: the session is ${end?.how ?? 'closed'}${end?.where === undefined ? '' : ` (${end.where})`}`,
        hint: 'Await all work of a session before it is closed, or open a new session.',
        state,
        attempted,
        cause: firstError,
      })
    case 'aborted':
      return new PendingRollbackError({
        message: `${name} was refused: an earlier statement of this transaction failed`,
        hint: 'Call rollback() first. To go on after a failure, run the risky statement inside beginNested().',
        state,
        attempted,
        cause: firstError,
      })
    case 'committing':
    case 'rolling back':
      return new SessionStateError({
        message: `${name} was refused: the session is ${state}, ${inProgress(state, isClosing)} is in progress`,
        hint: HINTS_AT_THE_END[attempted] ?? 'Await that first.',
        state,
        attempted,
        cause: firstError,
      })
    case 'invalid':
      return new SessionStateError({
        message: `${name} was refused: the session lost its connection or its transaction`,
        hint: 'Call rollback() to use the session again, or open a new one.',
        state,
        attempted,
        cause: firstError,
      })
    default:
      return new SessionStateError({
        message: `${name} was refused: a transaction has begun already (state ${state})`,
        hint: 'End it with commit() or rollback(), or use beginNested() for a savepoint.',
        state,
        attempted,
      })
  }
}

function inProgress(state: 'committing' | 'rolling back', isClosing: boolean): string {
  return state === 'committing' ? 'commit()' : isClosing ? 'close()' : 'rollback()'
}

const HINTS_AT_THE_END: Readonly<Partial<Record<SessionOperation, string>>> = {
  statement: 'Await every statement before the transaction is ended; this one would have run outside it.',
  beginNested: 'Await every nested transaction before the one around it is ended.',
  commit: 'One commit() ends a transaction: await that one, and call it once.',
}

/** COMMIT could not store anything: the transaction had failed before it. */
export function rolledBack(cause: DatabaseError | undefined): CommitRolledBackError {
  return new CommitRolledBackError({
    message: 'Nothing was committed: the transaction had failed and was rolled back',
    hint: 'Handle the failure in `cause` where it happens; a statement that may fail belongs inside beginNested().',
    cause,
  })
}

/** The answer to COMMIT was lost; what another connection found out. */
export function commitUnknown(
  cause: DatabaseError,
  outcome: CommitOutcome,
  xid: string | undefined,
): CommitUnknownError {
  const [found, hint] = FOUND[outcome]
  return new CommitUnknownError({
    message: `COMMIT was sent and its answer was lost: ${found}`,
    hint,
    outcome,
    xid,
    cause,
  })
}

const FOUND: Readonly<Record<CommitOutcome, readonly [found: string, hint: string]>> = {
  committed: ['the transaction was committed, as another connection found out', 'Do not repeat it.'],
  aborted: [
    'the transaction was rolled back, as another connection found out',
    'Nothing was applied: it may be run again.',
  ],
  unknown: [
    'the transaction may or may not have been committed',
    'Look for its effects before repeating it.',
  ],
}

/** The server, or what stands in between, is silent. */
export function unanswered(statements: readonly Statement[], waitedMillis: number): DisconnectedError {
  const text = statements.at(-1)?.text ?? ''
  const name = /^(?:commit|rollback)/i.exec(text)?.[0].toUpperCase()
  return new DisconnectedError({
    message: `The server did not answer ${name ?? 'a statement'} within ${waitedMillis} ms, and its connection was given up`,
    hint:
      HINTS_OF_SILENCE[name ?? ''] ?? 'Its own limit, session.statementTimeoutMillis, had passed by then.',
  })
}

const HINTS_OF_SILENCE: Readonly<Record<string, string>> = {
  COMMIT: 'The limit is session.commitTimeoutMillis.',
  ROLLBACK: 'The server rolls back by itself.',
}

/** The answer to a statement outside any transaction was lost. */
export function statementUnknown(cause: DatabaseError): CommitUnknownError {
  return new CommitUnknownError({
    message:
      'A statement was sent outside a transaction and its answer was lost: it may or may not have been applied',
    hint: 'Look for its effects before repeating it.',
    outcome: 'unknown',
    cause,
  })
}

/** A statement was COMMIT or ROLLBACK itself. */
export function endedByStatement(): UsageError {
  return new UsageError({
    message:
      'A statement was refused, because it begins or ends a transaction behind the back of its session',
    hint: 'Use session.commit() and session.rollback() instead of COMMIT and ROLLBACK as statements.',
  })
}

/** A statement was still in line when its transaction was rolled back. */
export function notRun(): SessionStateError {
  return new SessionStateError({
    message: 'A statement was not run: its transaction was rolled back first',
    hint: 'Await every statement before rollback() or close().',
    state: 'rolling back',
    attempted: 'statement',
  })
}

/** The signal of one query was aborted, whose caller does not wait for it any more. */
export function queryAborted(manner: StopManner): OperationAbortedError {
  return new OperationAbortedError({
    message:
      manner === 'cancel'
        ? 'A query was cancelled: its signal was aborted'
        : 'The connection of a query was closed: its signal was aborted',
    hint: 'It was run with an inflightQueryAbortStrategy that asks for this.',
    phase: 'query',
  })
}

/** The session's deadline passed or its signal was aborted; the phase says what used the time up. */
export function sessionAborted(
  end: DeadlineEnd,
  state: SessionState,
  deadlineMillis: number | undefined,
  reason: unknown,
): OperationAbortedError {
  const phase = PHASES[state]
  return new OperationAbortedError({
    message:
      end === 'expired'
        ? `The session was aborted at its deadline of ${deadlineMillis ?? 0} ms (phase ${phase})`
        : `The session was aborted (phase ${phase})`,
    hint: ABORT_HINTS[phase] ?? 'Its transaction was rolled back.',
    phase,
    cause: reason,
  })
}

const ABORT_HINTS: Readonly<Partial<Record<OperationPhase, string>>> = {
  acquire: 'No connection had come free for it, and nothing was sent.',
  commit: 'Its COMMIT had been sent and is waited for.',
}

const PHASES: Readonly<Record<SessionState, OperationPhase>> = {
  idle: 'query',
  acquiring: 'acquire',
  active: 'query',
  aborted: 'query',
  committing: 'commit',
  'rolling back': 'rollback',
  invalid: 'query',
  closed: 'release',
}

/** A statement of nested work came after that work had ended. */
export function lateForScope({ name, kind }: Pick<SavepointScope, 'name' | 'kind'>): SessionStateError {
  const what =
    kind === 'participant' ? 'the transaction or the transactional()' : `the nested transaction ${name}`
  return new SessionStateError({
    message: `A statement was refused: ${what} that it was started in has ended`,
    hint: 'Await every statement before the work of beginNested(), transaction() or transactional() returns.',
    state: 'ended',
    attempted: 'statement',
  })
}

/** Work that joined a transaction failed, and somebody around it went on as if it had not. */
export function unexpectedRollback(
  what: 'transaction' | 'nested transaction',
  cause: unknown,
): UnexpectedRollbackError {
  return new UnexpectedRollbackError({
    message: `The ${what} was rolled back: work that had joined it with transactional() failed, and that failure was swallowed`,
    hint: "Let the failure in `cause` pass, or give the work that may fail propagation 'nested'.",
    cause,
  })
}

/** The transaction ended under work that took part in it, which therefore can't have been kept as a whole. */
export function endedUnderWork(): UnexpectedRollbackError {
  return new UnexpectedRollbackError({
    message:
      'The transaction was ended, by rollback() or close(), while the work of transactional() still ran in it',
    hint: 'Throw an error to have a transaction rolled back; transactional() ends what it began.',
  })
}

/** Whoever called transactional() ends the transaction; nobody inside does. */
export function stillTransactional(state: SessionState): SessionStateError {
  return new SessionStateError({
    message: 'commit() was refused: work of transactional() still runs in this transaction',
    hint: 'transactional() commits what it began when its work returns. Await it before commit().',
    state,
    attempted: 'commit',
  })
}

/** A stream was read on after the transaction that its cursor lived in had ended. */
export function streamCutOff(): SessionStateError {
  return new SessionStateError({
    message: 'A stream was cut off: the transaction that it read in has ended',
    hint: 'Read a stream to its end, or break out of it, before commit() or rollback().',
    state: 'ended',
    attempted: 'statement',
  })
}
