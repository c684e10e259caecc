import { UsageError } from '../errors/usage-error.js'
import type { ColumnMapping } from './column-mapping.js'
import type { IdentityMap } from './identity-map.js'
import { PendingValue } from './pending-value.js'
import type { TrackedObject } from './tracked-object.js'
import type { TransactionJournal } from './transaction-journal.js'

/** What resolving needs. */
export interface Resolution {
  readonly states: readonly TrackedObject[]
  /** Columns that are written as NULL for now, and resolved later. */
  readonly postponed: ReadonlyMap<TrackedObject, readonly ColumnMapping[]> | undefined
  readonly identities: IdentityMap
  readonly journal: TransactionJournal
  /** Waits for the answers that may bring the values. */
  readonly settled: () => Promise<void>
}

/**
 * Replaces values that were borrowed from other objects by what those hold now. Waits for answers only if there is
 * something to wait for.
 *
 * @throws {@link UsageError} if an object that a value was borrowed from is not in the session.
 * @internal
 */
export async function resolvePendingValues(resolution: Resolution): Promise<void> {
  const { states, postponed, journal } = resolution
  for (const state of states) {
    const { object, mapping } = state
    const later = postponed?.get(state)
    for (const column of mapping.columns) {
      if (state.expired?.has(column.key) === true) continue
      const value = object[column.key]
      if (!(value instanceof PendingValue) || later?.includes(column) === true) continue
      if (isOpen(value)) await resolution.settled()
      journal.noteReplaced(state, column.key)
      object[column.key] = borrowed(value, column, state, resolution.identities)
    }
  }
}

function isOpen({ source, key }: PendingValue): boolean {
  const value = source[key as keyof typeof source] as unknown
  return value === undefined || value instanceof PendingValue
}

function borrowed(
  value: PendingValue,
  column: ColumnMapping,
  { mapping }: TrackedObject,
  identities: IdentityMap,
): unknown {
  if (!isOpen(value)) return value.source[value.key as keyof typeof value.source]
  const source = identities.stateOf(value.source)
  throw new UsageError({
    message: `${mapping.key}.${column.key} waits for the ${value.key} of another object, which ${source === undefined ? 'is not in the session' : 'has none'}`,
    hint: 'Add the other object to the same session; a rollback takes new objects out of it.',
  })
}
