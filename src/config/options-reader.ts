import { ConfigurationError } from '../errors/usage-error.js'
import { nearestKey } from '../foundation/nearest-key.js'

/** Longest time PostgreSQL and Node's timers can hold, in milliseconds: both count in 32 bits. */
export const MAX_MILLIS = 2 ** 31 - 1

/** What a whole number may be, and what it is when absent. */
export interface IntegerRule {
  /** Smallest value allowed. */
  readonly min: number
  /** Largest value allowed. */
  readonly max: number
  /** The value of an absent option. */
  readonly fallback: number
}

/**
 * Reads one options object: each key by its type and range, unknown keys refused. Performs no I/O.
 *
 * Only own keys are seen, so a polluted `Object.prototype` changes nothing (S11). Errors name the key path and the
 * value met; a value that may hold a password is never shown, nor is that of an unknown key, which may be a misspelt
 * `password` (S7).
 *
 * @example
 * ```ts ignore -- not exported from the package
 * const reader = new OptionsReader(options, ['size'], 'pool')
 * const size = reader.integer('size', { min: 1, max: 10_000, fallback: 10 })
 * ```
 */
export class OptionsReader<Key extends string> {
  readonly #values = new Map<string, unknown>()
  readonly #path: string

  /**
   * Refuses what is not an object of known keys, and keeps the rest.
   *
   * @param options - What the caller passed; undefined reads as an empty object.
   * @param known - Every key the object may have.
   * @param path - Where the object sits, such as `pool`; empty for the outermost one.
   * @throws {@link ConfigurationError} if `options` is not an object or has a key that is not known.
   */
  constructor(options: unknown, known: readonly Key[], path = '') {
    this.#path = path
    if (options === undefined) return
    if (typeof options !== 'object' || options === null || Array.isArray(options)) {
      throw wrongValue(path === '' ? 'options' : path, options, 'an object')
    }
    for (const [key, value] of Object.entries(options)) {
      if (!(known as readonly string[]).includes(key)) throw this.#unknownKey(key, known)
      this.#values.set(key, value)
    }
  }

  /**
   * Gives a value as the caller passed it.
   *
   * @param key - A key of the object.
   * @returns Its value, unchecked; undefined when absent.
   */
  value(key: Key): unknown {
    return this.#values.get(key)
  }

  /**
   * Reads a whole number.
   *
   * @param key - A key of the object.
   * @param rule - The range, and the value of an absent option.
   * @returns The whole number.
   * @throws {@link ConfigurationError} if it is not a whole number in the range; text is not converted.
   */
  integer(key: Key, rule: IntegerRule): number {
    const value = this.value(key)
    if (value === undefined) return rule.fallback
    if (Number.isInteger(value) && Number(value) >= rule.min && Number(value) <= rule.max)
      return Number(value)
    throw this.#refusal(key, `a whole number from ${String(rule.min)} to ${String(rule.max)}`)
  }

  /**
   * Reads a switch.
   *
   * @param key - A key of the object.
   * @param fallback - The value of an absent option.
   * @returns The boolean.
   * @throws {@link ConfigurationError} if it is not true or false.
   */
  boolean(key: Key, fallback: boolean): boolean {
    const value = this.value(key)
    if (value === undefined) return fallback
    if (typeof value === 'boolean') return value
    throw this.#refusal(key, 'true or false')
  }

  /**
   * Reads a text.
   *
   * @param key - A key of the object.
   * @param flawOf - Says what is wrong with a text, as the end of a sentence that begins with "it".
   * @returns The text, or undefined when absent.
   * @throws {@link ConfigurationError} if it is not a string or has a flaw.
   */
  text(key: Key, flawOf: (text: string) => string | undefined): string | undefined {
    const value = this.value(key)
    if (value === undefined) return undefined
    if (typeof value !== 'string') throw this.#refusal(key, 'a string')
    const flaw = flawOf(value)
    if (flaw === undefined) return value
    throw new ConfigurationError({ message: `${this.#pathOf(key)}: ${describeValue(value)} ${flaw}.` })
  }

  #refusal(key: Key, expected: string): ConfigurationError {
    return wrongValue(this.#pathOf(key), this.value(key), expected)
  }

  #pathOf(key: string): string {
    return this.#path === '' ? key : `${this.#path}.${key}`
  }

  #unknownKey(key: string, known: readonly string[]): ConfigurationError {
    const nearest = nearestKey(key, known)
    return new ConfigurationError({
      message: `${this.#pathOf(key)} is not an option.`,
      hint:
        nearest === undefined
          ? `The options here are ${known.join(', ')}.`
          : `Did you mean ${this.#pathOf(nearest)}?`,
      context: { key: this.#pathOf(key) },
    })
  }
}

function wrongValue(path: string, met: unknown, expected: string): ConfigurationError {
  return new ConfigurationError({
    message: `${path} is ${describeValue(met)}; expected ${expected}.`,
    context: { key: path },
  })
}

/**
 * Describes a value for a message, without anything that may be a password.
 *
 * @param value - The value met.
 * @returns Numbers, booleans and short texts as they are; everything else by its kind.
 */
export function describeValue(value: unknown): string {
  if (typeof value === 'string') {
    // A connection URL put into the wrong option brings its password along.
    if (/:\/\/|@/u.test(value))
      return `a text of ${String(value.length)} characters (hidden: it may hold a password)`
    return value.length <= 80 ? JSON.stringify(value) : `a text of ${String(value.length)} characters`
  }
  if (typeof value === 'number' || typeof value === 'boolean' || value === null || value === undefined) {
    return String(value)
  }
  if (Array.isArray(value)) return 'an array'
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`
}
