import { mergedVersionDiffers } from './object-refusals.js'
import type { AnyRow } from './row.js'
import type { TrackedObject } from './tracked-object.js'

/**
 * Refuses values from elsewhere that were read in another version of the row than its object was. No I/O.
 *
 * @throws {@link StaleDataError} if they say another version; values that say none are taken.
 * @internal
 */
export function checkMergedVersion(state: TrackedObject, values: Readonly<AnyRow>): void {
  const { version } = state.mapping
  if (version === undefined || state.snapshot === undefined) return
  const merged = values[version.key]
  if (merged !== undefined && versionText(merged) !== versionText(state.snapshot[version.index]))
    throw mergedVersionDiffers(state)
}

/** Written otherwise, 3 and 3n are one version. */
function versionText(version: unknown): unknown {
  return typeof version === 'number' || typeof version === 'bigint' ? String(version) : version
}
