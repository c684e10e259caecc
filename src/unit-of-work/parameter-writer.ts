import type { DataType } from '../metadata/data-type.js'
import { arrayLiteral } from './array-literal.js'
import { baseType } from './column-codec.js'
import { encodeJson, jsonText } from './encode-value.js'

/** Turns a value for a column into what the driver sends as it is. Null is not passed in. */
export type ParameterWriter = (value: unknown) => unknown

/**
 * How a single value for a column is written where the driver would write something else: of a JSON document that is
 * an array it makes a PostgreSQL array, and text it leaves as it is, which is no JSON document. Pure.
 *
 * @param type - The column's type as it was declared.
 * @returns Undefined where the driver's own way is right.
 * @internal
 */
export function parameterWriter(type: DataType): ParameterWriter | undefined {
  const { readAs, dimensions } = baseType(type)
  if (readAs !== 'json') return undefined
  if (dimensions === 0) return jsonText
  const format = { encode: encodeJson, delimiter: ',', depth: dimensions }
  // Text such as '{"1"}' is an array too.
  return (value) => (Array.isArray(value) ? arrayLiteral(value, format) : value)
}
