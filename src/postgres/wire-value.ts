import { UsageError } from '../errors/usage-error.js'
import pgUtils from 'pg/lib/utils.js'

/** A parameter as it travels: text, bytes, or SQL NULL. */
export type WireValue = string | Buffer | null

/**
 * Turns a JavaScript value into what Bind carries, refusing what would be stored as something else.
 *
 * `pg` sends `undefined` as NULL, a function as its source text, a Map as `{}`, a promise as `{}` and an
 * invalid date as `0NaN-NaN-NaN` (RELIABILITY E10, S9). Each of these is a mistake of the caller that would
 * become wrong data, so it is refused here, before a byte is sent. No I/O.
 *
 * @param value - The parameter.
 * @param position - Its number in the statement, from 1, for the error.
 * @throws {@link UsageError} if the value has no faithful form; the message names its type, never the value.
 * @internal
 */
export function wireValue(value: unknown, position: number): WireValue {
  switch (typeof value) {
    case 'string':
      if (!value.isWellFormed()) throw refusal(position, 'a string with a lone surrogate')
      if (value.includes('\u0000')) throw refusal(position, 'a string with a NUL character')
      return value
    case 'number':
    case 'bigint':
    case 'boolean':
      return String(value)
    case 'object':
      return value === null ? null : objectValue(value, position)
    case 'undefined':
      throw refusal(position, 'undefined', 'Pass null for SQL NULL, or leave the column or condition out.')
    default:
      throw refusal(position, `a ${typeof value}`)
  }
}

function objectValue(given: object, position: number): WireValue {
  const value = withoutOwnTypes(given, position)
  if (typeof value !== 'object' || value === null) return wireValue(value, position)
  if (Array.isArray(value)) assertFaithfulItems(value, position)
  if (Buffer.isBuffer(value)) return value
  if (value instanceof Date && Number.isNaN(value.getTime())) throw refusal(position, 'an invalid Date')
  if (value instanceof Map || value instanceof Set) {
    throw refusal(position, `a ${value.constructor.name}`, 'Convert it to an array or a plain object first.')
  }
  if ('then' in value && typeof value.then === 'function') {
    throw refusal(position, 'a promise', 'Await it first.')
  }
  let prepared: unknown
  try {
    // pg's own conversion for dates, arrays and JSON, so that a value means here what it means there.
    prepared = pgUtils.prepareValue(value)
  } catch (cause) {
    throw refusal(position, UNCONVERTIBLE, undefined, cause)
  }
  if (prepared === null || prepared === undefined) return null
  if (Buffer.isBuffer(prepared)) return prepared
  return wireValue(prepared, position)
}

const UNCONVERTIBLE = 'an object that cannot be converted'

/** How often a value may name another one in its place: more is a circle. */
const MOST_CONVERSIONS = 100

/**
 * An application's own type says by `toPostgres` what it is stored as. Asked here and not by pg, which can't have a
 * NULL or bytes come out of it inside an array, and would send an invalid date that does.
 */
function withoutOwnTypes(given: unknown, position: number): unknown {
  let value = given
  for (let conversions = 0; hasOwnForm(value); conversions++) {
    if (conversions === MOST_CONVERSIONS) throw refusal(position, UNCONVERTIBLE)
    try {
      value = value.toPostgres((inner: unknown) => pgUtils.prepareValue(inner))
    } catch (cause) {
      throw refusal(position, UNCONVERTIBLE, undefined, cause)
    }
  }
  return Array.isArray(value) ? value.map((item) => withoutOwnTypes(item, position)) : value
}

interface OwnForm {
  toPostgres(prepareValue: (value: unknown) => unknown): unknown
}

/** Dates, bytes and arrays are what they are, as in pg, whatever methods they have. */
function hasOwnForm(value: unknown): value is OwnForm {
  if (typeof value !== 'object' || value === null || !('toPostgres' in value)) return false
  const isBuiltIn = Array.isArray(value) || ArrayBuffer.isView(value) || value instanceof Date
  return !isBuiltIn && typeof value.toPostgres === 'function'
}

/** What would be refused by itself is refused inside an array too: pg writes an undefined there as NULL (S9). */
function assertFaithfulItems(items: readonly unknown[], position: number): void {
  for (const item of items) {
    if (Array.isArray(item)) assertFaithfulItems(item, position)
    else wireValue(item, position)
  }
}

function refusal(position: number, met: string, hint?: string, cause?: unknown): UsageError {
  return new UsageError({
    message: `Parameter $${position} is ${met}, which PostgreSQL cannot store as it is`,
    hint: hint ?? 'Pass a string, number, bigint, boolean, Date, Buffer, array, plain object or null.',
    context: { position },
    cause,
  })
}
