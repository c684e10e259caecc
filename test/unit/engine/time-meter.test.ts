import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { TimeMeter } from '../../../src/engine/time-meter.js'

describe('TimeMeter', () => {
  it('sums up what was measured', () => {
    const meter = new TimeMeter()
    for (const millis of [1, 2, 3]) meter.record(millis, 10)
    expect(meter.stats(10)).toMatchObject({ count: 3, totalMillis: 6, maxMillis: 3 })
  })

  it('gives percentiles that are at most a tenth away from the true ones', () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: 0.01, max: 100_000, noNaN: true }), { minLength: 1 }), (all) => {
        const meter = new TimeMeter()
        for (const millis of all) meter.record(millis, 0)
        const sorted = [...all].sort((one, other) => one - other)
        const { p50Millis, p99Millis } = meter.stats(0)
        for (const [percentile, part] of [
          [p50Millis, 0.5],
          [p99Millis, 0.99],
        ] as const) {
          const truth = sorted[Math.ceil(sorted.length * part) - 1]!
          expect(Math.abs(percentile - truth) / truth).toBeLessThan(0.1)
        }
      }),
    )
  })

  it.each([
    [0, 0],
    [Number.MIN_VALUE, 0],
    [1e12, expect.any(Number)],
  ])('takes %s', (millis, p50Millis) => {
    const meter = new TimeMeter()
    meter.record(millis, 0)
    expect(meter.stats(0)).toMatchObject({ count: 1, p50Millis })
  })

  it('forgets in its percentiles, after one to two minutes, but not in its sums', () => {
    const meter = new TimeMeter()
    meter.record(1_000, 1)
    for (let each = 0; each < 9; each++) meter.record(1, 59_000)
    expect(meter.stats(61_000).p99Millis).toBeGreaterThan(900)
    meter.record(1, 62_000)
    expect(meter.stats(122_000).p99Millis).toBeLessThan(1.1)
    expect(meter.stats(400_000)).toMatchObject({ count: 11, maxMillis: 1_000, p50Millis: 0, p99Millis: 0 })
  })
})
