import { PendingValue } from './pending-value.js'

/** A key as maps take it: whole numbers as such, which need no text made of them; everything else as its text. */
export type Key = number | string

/**
 * A value as a key; undefined if it is not there. 1, 1n and '1' are one key: columns may read differently. Pure.
 *
 * @internal
 */
export function keyOf(value: unknown): Key | undefined {
  switch (typeof value) {
    case 'number':
      return Number.isSafeInteger(value) ? value : String(value)
    case 'bigint': {
      const number = Number(value)
      return Number.isSafeInteger(number) ? number : String(value)
    }
    case 'string':
      return textKey(value)
    case 'boolean':
      return String(value)
    case 'object':
      if (value === null || value instanceof PendingValue) return undefined
      if (value instanceof Date) return value.toISOString()
      return Buffer.isBuffer(value) ? value.toString('hex') : JSON.stringify(value)
    default:
      return undefined
  }
}

/**
 * Several values as one key; undefined if one of them is not there. Pure.
 *
 * @internal
 */
export function keyOfAll(values: readonly unknown[]): Key | undefined {
  if (values.length === 1) return keyOf(values[0])
  let text = ''
  for (const value of values) {
    const part = keyOf(value)
    if (part === undefined) return undefined
    const partText = String(part)
    text += `${partText.length}:${partText}`
  }
  return text
}

/** The longest text of a safe integer. */
const MOST_DIGITS = 17

function textKey(text: string): Key {
  if (text.length === 0 || text.length > MOST_DIGITS || text.charCodeAt(0) > DIGIT_NINE) return text
  const number = Number(text)
  return Number.isSafeInteger(number) && String(number) === text ? number : text
}

const DIGIT_NINE = 57
