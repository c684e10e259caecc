const ZERO = 48
const DASH = 45
const PLUS = 43
const COLON = 58
const DOT = 46
const SPACE = 32
const MINUTE = 60_000

/**
 * Reads a timestamptz as PostgreSQL writes it in ISO style, `2026-11-20 12:00:00.123456+01`: the way of nearly all
 * values, without a regular expression. Pure.
 *
 * @returns Undefined for what is written otherwise, such as `infinity`, years before 100 or after 9999, and offsets
 * with seconds.
 * @see PostgreSQL manual, Date/Time Types, "Date/Time Output"
 * @internal
 */
export function parseMoment(text: string): Date | undefined {
  const { length } = text
  if (
    text.charCodeAt(4) !== DASH ||
    text.charCodeAt(7) !== DASH ||
    text.charCodeAt(10) !== SPACE ||
    text.charCodeAt(13) !== COLON ||
    text.charCodeAt(16) !== COLON
  )
    return undefined
  const year = digits(text, 0) * 100 + digits(text, 2)
  if (!(year >= 100)) return undefined
  let at = 19
  let millis = 0
  if (text.charCodeAt(at) === DOT) {
    let unit = 100
    for (at++; at < length; at++) {
      const digit = text.charCodeAt(at) - ZERO
      if (digit < 0 || digit > 9) break
      millis += digit * unit
      // A moment of JavaScript has no more: what follows is cut off.
      unit = unit === 100 ? 10 : unit === 10 ? 1 : 0
    }
  }
  const sign = text.charCodeAt(at)
  if (sign !== PLUS && sign !== DASH) return undefined
  let offset = digits(text, at + 1) * 60
  if (length === at + 6 && text.charCodeAt(at + 3) === COLON) offset += digits(text, at + 4)
  else if (length !== at + 3) return undefined
  const local = Date.UTC(
    year,
    digits(text, 5) - 1,
    digits(text, 8),
    digits(text, 11),
    digits(text, 14),
    digits(text, 17),
    millis,
  )
  const moment = local - (sign === PLUS ? offset : -offset) * MINUTE
  return Number.isNaN(moment) ? undefined : new Date(moment)
}

/** Two digits; NaN for anything else. */
function digits(text: string, at: number): number {
  const tens = text.charCodeAt(at) - ZERO
  const ones = text.charCodeAt(at + 1) - ZERO
  return tens >= 0 && tens <= 9 && ones >= 0 && ones <= 9 ? tens * 10 + ones : Number.NaN
}
