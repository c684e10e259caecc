import fc from 'fast-check'
import pg from 'pg'
import { describe, expect, it } from 'vitest'
import { readMoment } from '../../../src/postgres/read-moment.js'

const parse = pg.types.getTypeParser(pg.types.builtins.TIMESTAMPTZ, 'text') as (text: string) => unknown
const two = (number: number): string => String(number).padStart(2, '0')

function read(text: string): Date | undefined {
  // Digits around it are not its own.
  return readMoment(Buffer.from(`12${text}34`), 2, 2 + text.length)
}

describe('readMoment', () => {
  it("equals pg's own parser for what PostgreSQL writes", () => {
    fc.assert(
      fc.property(
        fc.record({
          year: fc.integer({ min: 100, max: 9999 }),
          month: fc.integer({ min: 1, max: 12 }),
          day: fc.integer({ min: 1, max: 28 }),
          hour: fc.nat(23),
          minute: fc.nat(59),
          second: fc.nat(59),
          fraction: fc.constantFrom('', '.1', '.12', '.123', '.000001', '.999999', '.5', '.007'),
          offset: fc.constantFrom('+00', '-00', '+01', '-08', '+05:30', '-03:30', '+14'),
        }),
        ({ year, month, day, hour, minute, second, fraction, offset }) => {
          const text = `${String(year).padStart(4, '0')}-${two(month)}-${two(day)} ${two(hour)}:${two(minute)}:${two(second)}${fraction}${offset}`
          expect(read(text)).toEqual(parse(text))
        },
      ),
      { numRuns: 500 },
    )
  })

  it('knows every day of four centuries', () => {
    const wrong: string[] = []
    for (let day = Date.UTC(1900, 0, 1); day < Date.UTC(2300, 0, 1); day += 86_400_000) {
      const text = new Date(day).toISOString().slice(0, 10)
      if (read(`${text} 00:00:00+00`)?.getTime() !== day) wrong.push(text)
    }
    expect(wrong).toEqual([])
  })

  it('cuts off what is shorter than a millisecond', () => {
    for (let millis = 0; millis < 1_000; millis++) {
      const fraction = String(millis).padStart(3, '0')
      expect(read(`2026-11-20 12:00:00.${fraction}999+00`)).toEqual(
        new Date(`2026-11-20T12:00:00.${fraction}Z`),
      )
    }
  })

  it.each([
    'infinity',
    '-infinity',
    '',
    '2026-11-20',
    '2026-11-20 12:00:00',
    '0001-01-01 00:00:00+00',
    '0044-03-15 12:00:00+00 BC',
    '10000-01-01 00:00:00+00',
    '1890-01-01 00:00:00+00:49:56',
    '2026-11-20T12:00:00+00',
    '20/11/2026 12:00:00.00 UTC',
    '2026-11-20 12:00:00+0x',
  ])('leaves %j to pg', (text) => {
    expect(read(text)).toBeUndefined()
  })
})
