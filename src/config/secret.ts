import { inspect } from 'node:util'

const MASK = '[secret]'

/**
 * Holds a value that must not be printed. Performs no I/O.
 *
 * `util.inspect`, `console.log`, `JSON.stringify`, `String()` and template strings show a mask; only
 * {@link Secret.reveal} gives the value (S7).
 *
 * @example
 * ```ts ignore -- not exported from the package
 * const secret = new Secret('open sesame')
 * String(secret) // '[secret]'
 * secret.reveal() // 'open sesame'
 * ```
 */
export class Secret<Value> {
  readonly #value: Value

  constructor(value: Value) {
    this.#value = value
    Object.freeze(this)
  }

  /** Gives the value. Call it where the value is used, and do not keep the result. */
  reveal(): Value {
    return this.#value
  }

  /** The mask. */
  toString(): string {
    return MASK
  }

  /** The mask. */
  toJSON(): string {
    return MASK
  }

  /** The mask. */
  [inspect.custom](): string {
    return MASK
  }
}
