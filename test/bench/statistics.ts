/** Middle, lowest and highest of a set of measurements. */
export interface Spread {
  readonly median: number
  readonly min: number
  readonly max: number
}

/** The spread of one value or more. */
export function spread(values: readonly number[]): Spread {
  const sorted = values.toSorted((left, right) => left - right)
  const middle = (sorted.length - 1) / 2
  const median = (sorted[Math.floor(middle)]! + sorted[Math.ceil(middle)]!) / 2
  return { median, min: sorted[0]!, max: sorted.at(-1)! }
}
