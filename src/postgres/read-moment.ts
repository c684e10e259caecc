const ZERO = 48
const DASH = 45
const PLUS = 43
const COLON = 58
const DOT = 46
const SPACE = 32
const SECOND = 1_000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

/**
 * Reads a timestamptz as PostgreSQL writes it in ISO style, `2026-11-20 12:00:00.123456+01`: the way of nearly all
 * values, without a text or a regular expression. Pure.
 *
 * @returns Undefined for what is written otherwise, such as `infinity`, years before 100 or after 9999, and offsets
 * with seconds.
 * @see PostgreSQL manual, Date/Time Types, "Date/Time Output"
 * @internal
 */
export function readMoment(bytes: Buffer, start: number, end: number): Date | undefined {
  if (
    end - start < 22 ||
    bytes[start + 4] !== DASH ||
    bytes[start + 7] !== DASH ||
    bytes[start + 10] !== SPACE ||
    bytes[start + 13] !== COLON ||
    bytes[start + 16] !== COLON
  )
    return undefined
  const year = digits(bytes, start) * 100 + digits(bytes, start + 2)
  if (!(year >= 100)) return undefined
  let at = start + 19
  let millis = 0
  if (bytes[at] === DOT) {
    let unit = 100
    for (at++; at < end; at++) {
      const digit = (bytes[at] as number) - ZERO
      if (digit < 0 || digit > 9) break
      millis += digit * unit
      // A moment of JavaScript has no more: what follows is cut off.
      unit = unit === 100 ? 10 : unit === 10 ? 1 : 0
    }
  }
  const sign = bytes[at]
  if (sign !== PLUS && sign !== DASH) return undefined
  let offset = digits(bytes, at + 1) * HOUR
  if (end === at + 6 && bytes[at + 3] === COLON) offset += digits(bytes, at + 4) * MINUTE
  else if (end !== at + 3) return undefined
  const local =
    daysSince1970(year, digits(bytes, start + 5), digits(bytes, start + 8)) * DAY +
    digits(bytes, start + 11) * HOUR +
    digits(bytes, start + 14) * MINUTE +
    digits(bytes, start + 17) * SECOND +
    millis
  const moment = sign === PLUS ? local - offset : local + offset
  return Number.isNaN(moment) ? undefined : new Date(moment)
}

/**
 * The number of a day of the Gregorian calendar, whose years are taken to begin in March, so that leap days come last.
 *
 * @see Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms", days_from_civil
 */
function daysSince1970(year: number, month: number, day: number): number {
  const isBeforeMarch = month < 3
  const years = isBeforeMarch ? year - 1 : year
  const daysOfMonths = Math.floor((153 * (isBeforeMarch ? month + 9 : month - 3) + 2) / 5)
  const leapDays = Math.floor(years / 4) - Math.floor(years / 100) + Math.floor(years / 400)
  return years * 365 + leapDays + daysOfMonths + day - DAYS_TO_1970
}

/** From 1 March of the year 0 to 1 January 1970, and one more: days of a month count from 1. */
const DAYS_TO_1970 = 719_469

/** Two digits; NaN for anything else. */
function digits(bytes: Buffer, at: number): number {
  const tens = (bytes[at] as number) - ZERO
  const ones = (bytes[at + 1] as number) - ZERO
  return tens >= 0 && tens <= 9 && ones >= 0 && ones <= 9 ? tens * 10 + ones : Number.NaN
}
