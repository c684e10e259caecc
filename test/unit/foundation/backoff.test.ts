import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { backoffMillis } from '../../../src/foundation/backoff.js'

describe('backoffMillis', () => {
  it('doubles its bound with each attempt, up to the largest wait', () => {
    const bounds = [1, 2, 3, 4, 5].map((attempt) =>
      backoffMillis(attempt, { baseMillis: 100, maxMillis: 1_000, random: () => 1 }),
    )
    expect(bounds).toEqual([100, 200, 400, 800, 1_000])
  })

  it('uses the whole interval below the bound', () => {
    expect(backoffMillis(3, { baseMillis: 100, random: () => 0 })).toBe(0)
    expect(backoffMillis(3, { baseMillis: 100, random: () => 0.5 })).toBe(200)
  })

  it('stays within its bounds for any attempt, however late', () => {
    const attempts = fc.integer({ min: 1, max: 10_000 })
    fc.assert(
      fc.property(
        attempts,
        fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
        (attempt, chance) => {
          const millis = backoffMillis(attempt, { random: () => chance })
          return millis >= 0 && millis < 5_000 && millis <= 50 * 2 ** (attempt - 1)
        },
      ),
    )
  })

  it('is random by default', () => {
    const waits = Array.from({ length: 20 }, () => backoffMillis(10))
    expect(new Set(waits).size).toBeGreaterThan(1)
    expect(Math.max(...waits)).toBeLessThan(5_000)
  })
})
