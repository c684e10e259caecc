/** How long something took, over all and lately. Durations are in milliseconds. */
export interface TimeStats {
  /** How often it was measured since the start. */
  readonly count: number
  /** Sum of all durations since the start, in milliseconds. */
  readonly totalMillis: number
  /** Longest duration since the start, in milliseconds. */
  readonly maxMillis: number
  /** Half of those of the last one to two minutes took no longer, in milliseconds, within 10 %; 0 if there were none. */
  readonly p50Millis: number
  /** 99 of 100 of those of the last one to two minutes took no longer, in milliseconds, within 10 %. */
  readonly p99Millis: number
}

/** Buckets for each doubling: the middle of a bucket is then at most 9 % away from what fell into it. */
const BUCKETS_PER_DOUBLING = 4
/** From 1 µs to a little above an hour, which is the last bucket's with all that takes longer. */
const BUCKETS = 32 * BUCKETS_PER_DOUBLING
const SMALLEST_MILLIS = 0.001
/** After so long the older of the two histograms makes room. */
const GENERATION_MILLIS = 60_000

/**
 * Measures durations in constant space: sums since the start, and a histogram of the last one to two minutes, because
 * a percentile since the start hides what is wrong now.
 *
 * @internal
 */
export class TimeMeter {
  #count = 0
  #total = 0
  #max = 0
  #recent = new Uint32Array(BUCKETS)
  #older = new Uint32Array(BUCKETS)
  #turnAt = 0

  /**
   * Adds a measurement.
   *
   * @param millis - What was measured.
   * @param now - The time, on the clock of `performance.now()`.
   */
  record(millis: number, now: number): void {
    this.#count++
    this.#total += millis
    if (millis > this.#max) this.#max = millis
    if (now >= this.#turnAt) this.#turn(now)
    const bucket = bucketOf(millis)
    this.#recent[bucket] = (this.#recent[bucket] ?? 0) + 1
  }

  /** The figures now: a frozen copy. */
  stats(now: number): TimeStats {
    if (now >= this.#turnAt) this.#turn(now)
    return Object.freeze({
      count: this.#count,
      totalMillis: this.#total,
      maxMillis: this.#max,
      p50Millis: this.#percentile(0.5),
      p99Millis: this.#percentile(0.99),
    })
  }

  #turn(now: number): void {
    // Nothing was measured for a whole generation: what is in the younger one is old too.
    const isAllOld = now >= this.#turnAt + GENERATION_MILLIS
    const freed = this.#older.fill(0)
    this.#older = isAllOld ? this.#recent.fill(0) : this.#recent
    this.#recent = freed
    this.#turnAt = now + GENERATION_MILLIS
  }

  #percentile(part: number): number {
    const counts = this.#recent.map((count, bucket) => count + (this.#older[bucket] ?? 0))
    const wanted = counts.reduce((sum, count) => sum + count, 0) * part
    let seen = 0
    for (const [bucket, count] of counts.entries()) {
      seen += count
      if (count > 0 && seen >= wanted) return Math.min(middleOf(bucket), this.#max)
    }
    return 0
  }
}

function bucketOf(millis: number): number {
  const bucket = Math.floor(Math.log2(millis / SMALLEST_MILLIS) * BUCKETS_PER_DOUBLING)
  return Math.max(0, Math.min(BUCKETS - 1, bucket))
}

function middleOf(bucket: number): number {
  return bucket === 0 ? 0 : SMALLEST_MILLIS * 2 ** ((bucket + 0.5) / BUCKETS_PER_DOUBLING)
}
