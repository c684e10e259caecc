import { ConfigurationError } from '../errors/usage-error.js'

/**
 * Checks one whole number in a type's parentheses. Pure.
 *
 * @param type - The type, for the message.
 * @param what - What the number means, for the message.
 * @param value - The number met.
 * @param range - Smallest and largest.
 * @returns The number.
 * @throws {@link ConfigurationError} if it is not a whole number in the range.
 * @internal
 */
export function typeParameter(
  type: string,
  what: string,
  value: number,
  [smallest, largest]: readonly [number, number],
): number {
  if (Number.isInteger(value) && value >= smallest && value <= largest) return value
  throw new ConfigurationError({
    message: `${what} of ${type} is ${String(value)}; expected a whole number from ${String(smallest)} to ${String(largest)}.`,
    context: { type, value },
  })
}

/**
 * Writes a type's name with an optional length. Pure.
 *
 * @param name - The type's name.
 * @param length - What goes into the parentheses, or undefined for none.
 * @param range - Smallest and largest.
 * @returns The name, such as `character varying(20)`.
 * @throws {@link ConfigurationError} if the length is not a whole number in the range.
 * @internal
 */
export function withLength(
  name: string,
  length: number | undefined,
  range: readonly [number, number] = [1, 10_485_760],
): string {
  return length === undefined ? name : `${name}(${String(typeParameter(name, 'The length', length, range))})`
}
