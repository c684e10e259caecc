import { NoResultFoundError } from '../errors/result-error.js'
import { StaleDataError } from '../errors/transaction-error.js'
import { PendingRollbackError, UsageError } from '../errors/usage-error.js'
import type { RowList } from './row.js'
import type { TableMapping } from './table-mapping.js'
import type { TrackedObject } from './tracked-object.js'

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

/** A row that a flush did not find as expected, and what it was looked for by. @internal */
export interface LostRow {
  readonly state: TrackedObject
  readonly known: Readonly<RowList>
}

/** Rows that were to be changed have gone. @internal */
export function rowsGoneMeanwhile(
  mapping: TableMapping,
  lost: readonly LostRow[],
  all: number,
): StaleDataError {
  return stale(mapping, lost, {
    message: `${lost.length} of ${all} changed rows of ${mapping.key} no longer exist`,
    hint: 'Somebody else has deleted them, or a policy hides them. Call rollback(), and run the work again.',
  })
}

/** Rows that were to be changed or deleted have another version. @internal */
export function rowsChangedMeanwhile(
  mapping: TableMapping,
  lost: readonly LostRow[],
  all: number,
): StaleDataError {
  return stale(mapping, lost, {
    message: `${lost.length} of ${all} rows of ${mapping.key} are not of the version they were read in`,
    hint: 'Somebody else has changed or deleted them. Call rollback(), read them again, and decide anew.',
  })
}

/** Values from elsewhere are of another version than the object of their row. @internal */
export function mergedVersionDiffers(state: TrackedObject): StaleDataError {
  const { mapping, snapshot } = state
  return stale(mapping, [{ state, known: snapshot as RowList }], {
    message: `merge() was refused: the values are of another version than the row of ${mapping.key}`,
    hint: `Somebody else has changed it since they were read. Leave out ${mapping.version?.key ?? 'the version'} to write over that.`,
  })
}

function stale(
  { key, primaryKey }: TableMapping,
  lost: readonly LostRow[],
  words: { readonly message: string; readonly hint: string },
): StaleDataError {
  return new StaleDataError({
    ...words,
    table: key,
    objects: lost.map(({ state }) => state.object),
    keys: lost.map(({ known }) =>
      Object.fromEntries(primaryKey.map((column) => [column.key, known[column.index]])),
    ),
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

/** A query found nothing where it was to find one row. @internal */
export function noRowFound({ key }: TableMapping): NoResultFoundError {
  return new NoResultFoundError({
    message: `The query found no row of ${key} where exactly one was expected`,
    hint: 'Use oneOrNone() or first() where there may be none.',
  })
}

/** Relations were to be loaded of objects of several tables at once. @internal */
export function mixedTables(one: TableMapping, other: TableMapping): UsageError {
  return new UsageError({
    message: `load() was given objects of ${one.key} and of ${other.key}`,
    hint: 'Call it once for each table.',
  })
}
