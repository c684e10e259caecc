import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { encodeMoment } from '../../../src/unit-of-work/encode-value.js'

describe('encodeMoment', () => {
  it('writes every moment of the years 0 to 9999 as ISO 8601, in whatever order they come', () => {
    const near = fc.integer({ min: -120_000, max: 120_000 })
    const far = fc.date({
      min: new Date('0000-01-01T00:00:00.000Z'),
      max: new Date('9999-12-31T23:59:59.999Z'),
      noInvalidDate: true,
    })
    fc.assert(
      fc.property(fc.array(fc.oneof(far.map(Number), near), { minLength: 1, maxLength: 40 }), (moments) => {
        for (const moment of moments)
          expect(encodeMoment(new Date(moment))).toBe(`"${new Date(moment).toISOString()}"`)
      }),
      { numRuns: 300 },
    )
  })

  it('leaves other years, and what is no date, to the driver', () => {
    expect(encodeMoment(new Date('2026-11-20T12:00:00Z'))).toBe('"2026-11-20T12:00:00.000Z"')
    expect(encodeMoment(new Date('+012026-11-20T12:00:00Z'))).toContain('12026-11-20')
    expect(encodeMoment('tomorrow')).toBe('"tomorrow"')
  })
})
