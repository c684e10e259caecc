import { UsageError } from '../errors/usage-error.js'
import { wireValue } from '../postgres/wire-value.js'
import { quoteElement } from './array-literal.js'

/**
 * Writes a value as an element of an array literal, as the driver would write it as a parameter. Pure.
 *
 * @throws {@link UsageError} if the value has no faithful form.
 * @internal
 */
export function encodePlain(value: unknown): string {
  switch (typeof value) {
    case 'string':
      return quoteElement(value)
    case 'number':
    case 'bigint':
    case 'boolean':
      return String(value)
    default:
      return encodeObject(value)
  }
}

/** Writes a moment: the fast way for the years that ISO 8601 and PostgreSQL spell the same. @internal */
export function encodeMoment(value: unknown): string {
  if (!(value instanceof Date)) return encodePlain(value)
  const millis = value.getTime()
  const minute = Math.floor(millis / MINUTE)
  if (minute !== lastMinute) {
    const text = Number.isNaN(millis) ? '' : value.toISOString()
    if (text.length !== ISO_LENGTH) return encodeObject(value)
    lastMinute = minute
    lastMinuteText = `"${text.slice(0, SECONDS_AT)}`
  }
  const rest = millis - minute * MINUTE
  const second = Math.floor(rest / 1_000)
  return `${lastMinuteText}${TWO_DIGITS[second] ?? ''}.${MILLIS[rest - second * 1_000] ?? ''}`
}

/** Writes bytes, in hexadecimal. @internal */
export function encodeBytes(value: unknown): string {
  if (!(value instanceof Uint8Array)) return encodePlain(value)
  const bytes = Buffer.isBuffer(value) ? value : Buffer.from(value.buffer, value.byteOffset, value.byteLength)
  return `"\\\\x${bytes.toString('hex')}"`
}

/** Writes a JSON document as an element. @internal */
export function encodeJson(value: unknown): string {
  return quoteElement(jsonText(value))
}

/**
 * Writes a JSON document; text is a document like any other, not JSON by itself. Pure.
 *
 * @throws {@link UsageError} if the value has no JSON form.
 * @internal
 */
export function jsonText(value: unknown): string {
  let text: string | undefined
  try {
    text = stringify(value)
  } catch (cause) {
    throw new UsageError({
      message: 'A value of a JSON column has no JSON form',
      hint: 'It holds itself, or a bigint: convert those to text or numbers.',
      cause,
    })
  }
  if (text === undefined) {
    throw new UsageError({
      message: `A value of a JSON column is a ${typeof value}, which has no JSON form`,
      hint: 'Pass null, a boolean, a number, text, an array or a plain object.',
    })
  }
  return text
}

/** Writes a point or circle in the form in which the driver reads it. @internal */
export function encodeShape(value: unknown): string {
  if (typeof value !== 'object' || value === null || !('x' in value) || !('y' in value))
    return encodePlain(value)
  const point = `(${String(value.x)},${String(value.y)})`
  return 'radius' in value ? `"<${point},${String(value.radius)}>"` : `"${point}"`
}

/** Its declaration does not say that what has no JSON form gives undefined. */
const stringify: (value: unknown) => string | undefined = JSON.stringify

/** `2026-11-20T00:00:00.000Z`; years before 0 and after 9999 are longer. */
const ISO_LENGTH = 24
/** Where the seconds begin in it. */
const SECONDS_AT = 17
const MINUTE = 60_000

/**
 * The minute that was written last, and its text: the moments of many rows are often near each other, and
 * toISOString() takes five times as long as putting this and what is left together.
 */
let lastMinute = Number.NaN
let lastMinuteText = ''
const TWO_DIGITS = Array.from({ length: 60 }, (_, number) => String(number).padStart(2, '0'))
const MILLIS = Array.from({ length: 1_000 }, (_, number) => `${String(number).padStart(3, '0')}Z"`)

function encodeObject(value: unknown): string {
  const wire = wireValue(value, 1)
  if (wire === null) return 'NULL'
  return typeof wire === 'string' ? quoteElement(wire) : encodeBytes(wire)
}
