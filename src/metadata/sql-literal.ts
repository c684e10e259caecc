import { ConfigurationError } from '../errors/usage-error.js'
import type { ReadAs } from './data-type.js'

/** What a literal is for. */
interface LiteralTarget {
  readonly readAs: ReadAs
  readonly dimensions: number
}

/**
 * Writes a JavaScript value as an SQL literal. Pure.
 *
 * Relies on `standard_conforming_strings`, on by default since PostgreSQL 9.1.
 *
 * @param value - A string, number, bigint, boolean, null, Date, bytes, or, for json and array columns, what they hold.
 * @param target - The JavaScript side of the column the literal is for; `driver` when it is unknown.
 * @returns SQL text such as `'it''s'` or `42`.
 * @throws {@link ConfigurationError} if the value has no literal form there.
 * @internal
 */
export function sqlLiteral(
  value: unknown,
  target: LiteralTarget = { readAs: 'driver', dimensions: 0 },
): string {
  if (value === null) return 'NULL'
  if (target.dimensions > 0) {
    if (!Array.isArray(value)) throw refusal(value, 'an array')
    return quoteText(arrayText(value, target.readAs))
  }
  if (target.readAs === 'json') return quoteText(jsonText(value))
  switch (typeof value) {
    case 'number':
      // Not finite numbers have a literal only as text: 'NaN', 'Infinity'.
      return Number.isFinite(value) ? String(value) : quoteText(String(value))
    case 'bigint':
    case 'boolean':
      return String(value)
    default:
      return quoteText(plainText(value))
  }
}

function quoteText(text: string): string {
  return `'${text.replaceAll("'", "''")}'`
}

function plainText(value: unknown): string {
  if (typeof value === 'string') {
    if (value.includes('\0') || /\p{Surrogate}/u.test(value))
      throw refusal(value, 'text without NUL and lone surrogates')
    return value
  }
  if (value instanceof Date) {
    if (Number.isNaN(value.getTime())) throw refusal(value, 'a valid Date')
    return value.toISOString()
  }
  if (value instanceof Uint8Array) return `\\x${Buffer.from(value).toString('hex')}`
  throw refusal(value, 'a string, number, bigint, boolean, Date, bytes or null')
}

function jsonText(value: unknown): string {
  const text = JSON.stringify(value) as string | undefined
  if (text === undefined) throw refusal(value, 'a JSON value')
  return text
}

function arrayText(items: readonly unknown[], readAs: ReadAs): string {
  const texts = items.map((item) => {
    if (item === null) return 'NULL'
    if (Array.isArray(item) && readAs !== 'json') return arrayText(item, readAs)
    const isPlain = typeof item === 'number' || typeof item === 'bigint' || typeof item === 'boolean'
    if (isPlain && readAs !== 'json') return String(item)
    const text = readAs === 'json' ? jsonText(item) : plainText(item)
    return `"${text.replaceAll(/["\\]/g, String.raw`\$&`)}"`
  })
  return `{${texts.join(',')}}`
}

/** Names the type of the value, never the value: a default may be a secret. */
function refusal(value: unknown, expected: string): ConfigurationError {
  const met = typeof value === 'object' ? (value?.constructor.name ?? 'null') : typeof value
  return new ConfigurationError({
    message: `A value of type ${met} can't be written into the metadata as an SQL literal; expected ${expected}.`,
    hint: 'Write the value as a sql`…` template.',
    context: { met },
  })
}
