/**
 * Finds the known key that an unknown one was most likely meant to be. Pure; performs no I/O.
 *
 * Case and the characters `_` and `-` do not count, so `acquire_timeout_millis` finds `acquireTimeoutMillis`.
 *
 * @param key - The key met.
 * @param known - The keys that exist.
 * @returns The nearest key, or undefined when none is near enough to be a guess worth printing.
 * @example
 * ```ts ignore -- not exported from the package
 * nearestKey('sise', ['size', 'maxOverflow']) // 'size'
 * ```
 */
export function nearestKey(key: string, known: Iterable<string>): string | undefined {
  const wanted = normalize(key)
  // Beyond a third of the letters a suggestion is noise; short keys still deserve one slip.
  let bound = Math.max(1, Math.floor(wanted.length / 3)) + 1
  let nearest: string | undefined
  for (const candidate of known) {
    const distance = distanceBetween(wanted, normalize(candidate))
    if (distance < bound) {
      bound = distance
      nearest = candidate
    }
  }
  return nearest
}

function normalize(key: string): string {
  return key.replaceAll(/[_-]/g, '').toLowerCase()
}

/** A name that was cut short, most often by its unit (`acquireTimeout`), counts as one slip, however long the rest. */
function distanceBetween(wanted: string, candidate: string): number {
  const isCutShort = wanted.length >= 4 && candidate.startsWith(wanted) && candidate !== wanted
  return isCutShort ? 1 : editDistance(wanted, candidate)
}

/** Restricted Damerau-Levenshtein distance: insertions, deletions, substitutions and swaps of neighbours count one. */
function editDistance(left: string, right: string): number {
  let beforePrevious: number[] = []
  let previous = Array.from({ length: right.length + 1 }, (_, column) => column)
  for (let row = 1; row <= left.length; row++) {
    const current = [row]
    for (let column = 1; column <= right.length; column++) {
      const substitution = left[row - 1] === right[column - 1] ? 0 : 1
      let distance = Math.min(
        at(previous, column) + 1,
        at(current, column - 1) + 1,
        at(previous, column - 1) + substitution,
      )
      const isSwap = left[row - 1] === right[column - 2] && left[row - 2] === right[column - 1]
      if (row > 1 && column > 1 && isSwap) distance = Math.min(distance, at(beforePrevious, column - 2) + 1)
      current.push(distance)
    }
    beforePrevious = previous
    previous = current
  }
  return at(previous, right.length)
}

function at(row: readonly number[], column: number): number {
  return row[column] ?? Number.POSITIVE_INFINITY
}
