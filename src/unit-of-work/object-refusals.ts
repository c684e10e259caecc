import { NoResultFoundError } from '../errors/result-error.js'
import { PendingRollbackError, UsageError } from '../errors/usage-error.js'
import type { TableMapping } from './table-mapping.js'

/** An operation got an object that the session does not have. @internal */
export function notInSession(attempted: string): UsageError {
  return new UsageError({
    message: `${attempted} was refused: the object is not in this session`,
    hint: 'Load it in this session, or bring it in with merge(). Rows of plain queries are not tracked.',
  })
}

/** An operation got a new object and needs a row. @internal */
export function hasNoRowYet(attempted: string, { key }: TableMapping): UsageError {
  return new UsageError({
    message: `${attempted} was refused: this ${key} object has no row yet`,
    hint: attempted === 'delete()' ? 'Take it out of the session with expunge().' : 'Call flush() first.',
  })
}

/** No row has a key that was to be there. @internal */
export function noSuchRow({ key }: TableMapping): NoResultFoundError {
  return new NoResultFoundError({
    message: `${key} has no row with this primary key`,
    hint: 'Use get() where it may be missing.',
  })
}

/** An object's row has gone. @internal */
export function rowIsGone({ key }: TableMapping): NoResultFoundError {
  return new NoResultFoundError({
    message: `The row of this ${key} object no longer exists`,
    hint: 'Somebody has deleted it. The object is no longer in the session.',
  })
}

/** A flush after one that failed in the same transaction. @internal */
export function flushFailedBefore(cause: unknown): PendingRollbackError {
  return new PendingRollbackError({
    message:
      'Nothing can be written: an earlier flush of this transaction failed, and part of it was written',
    hint: 'Call rollback() first.',
    state: 'aborted',
    attempted: 'flush',
    cause,
  })
}
