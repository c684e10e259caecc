import { quoteIdentifier, quoteQualified } from '../foundation/quote-identifier.js'
import type { DataType, ReadAs } from '../metadata/data-type.js'
import { arrayLiteral, parseArrayLiteral, quoteElement } from './array-literal.js'
import { binaryFormat, type BinaryFormat } from './binary-format.js'
import { encodeBytes, encodeJson, encodeMoment, encodePlain, encodeShape } from './encode-value.js'

/**
 * How values of one column travel in bulk: many rows are one array for each column, unnested by the server.
 *
 * @internal
 */
export interface ColumnCodec {
  /** The type of the parameter that carries the values of many rows. */
  readonly parameterType: string
  /** Turns an unnested element into a value of the column's type, as SQL text. */
  readonly fromElement: (element: string) => string
  /** Writes one value as an element. Null is not passed in. */
  readonly encode: (value: unknown) => string
  /** How values travel in binary; undefined where they only travel as text. */
  readonly binary: BinaryFormat | undefined
  /** Whether text is taken as the value's own text; text for a JSON column is a document. */
  readonly isTextItself: boolean
  /** Turns what the driver read into what the column was declared to read; undefined where that is the same. */
  readonly decode: ((value: unknown) => unknown) | undefined
  /** Brings a value into the form that reading gives, where that loses nothing. */
  readonly normalize: (value: unknown) => unknown
  /** Whether a value has the form that reading gives. Others are read back after they were written. */
  readonly isNative: (value: unknown) => boolean
}

/**
 * Finds out how values of a type travel. Pure.
 *
 * @param type - The column's type as it was declared.
 * @internal
 */
export function columnCodec(type: DataType): ColumnCodec {
  const base = baseType(type)
  const encodeOne = encoderOf(base)
  const isArray = base.dimensions > 0
  const castName = typeName(type) + '[]'.repeat(type.dimensions)
  // An array of arrays must be rectangular, and unnest() would flatten it. The delimiter of other types' arrays may be
  // another than the comma (box: a semicolon). As text every value is one element.
  const asText = isArray || base.readAs === 'driver' || base.name === 'box'
  return {
    parameterType: asText ? 'text[]' : `${castName}[]`,
    fromElement: asText ? (element) => `${element}::${castName}` : (element) => element,
    encode: isArray ? arrayEncoder(base, encodeOne) : encodeOne,
    binary: asText ? undefined : binaryFormat(type),
    isTextItself: isArray || base.readAs !== 'json',
    decode: decoderOf(base),
    normalize: isArray ? (value) => value : normalizerOf(base.readAs),
    isNative: isArray ? () => true : nativeTest(base.readAs),
  }
}

/** The type below a domain. A domain over an array is an array. @internal */
export function baseType(type: DataType): DataType {
  const { declared } = type
  if (declared?.kind !== 'domain') return type
  const base = baseType(declared.type)
  return { ...base, dimensions: base.dimensions + type.dimensions }
}

/** Types whose bare name means a length of one. */
const WITHOUT_LENGTH: Readonly<Record<string, string>> = { bit: 'varbit', character: 'bpchar' }

/**
 * The type without its length, precision or fields: a cast would cut a value to them without an error, whereas storing
 * it in the column checks them.
 */
function typeName({ declared, name }: DataType): string {
  if (declared !== undefined) {
    return declared.schema === undefined
      ? quoteIdentifier(declared.name)
      : quoteQualified(declared.schema, declared.name)
  }
  if (name.startsWith('interval')) return 'interval'
  const bare = name.replace(/\(.*?\)/, '')
  return WITHOUT_LENGTH[bare] ?? bare
}

function encoderOf({ readAs, name }: DataType): (value: unknown) => string {
  switch (readAs) {
    case 'json':
      return encodeJson
    case 'bytes':
      return encodeBytes
    case 'circle':
    case 'point':
      return encodeShape
    case 'date':
      return name.endsWith('with time zone') ? encodeMoment : encodePlain
    default:
      return encodePlain
  }
}

function arrayEncoder(
  { readAs, name, dimensions }: DataType,
  encode: (value: unknown) => string,
): (value: unknown) => string {
  // PostgreSQL does not hold an array to its declared dimensions, but a JSON document may be an array itself.
  const depth = readAs === 'json' ? dimensions : Number.POSITIVE_INFINITY
  const format = { encode, delimiter: delimiterOf(name), depth }
  return (value) => {
    if (Array.isArray(value)) return quoteElement(arrayLiteral(value, format))
    // Text such as '{1,2}' is an array too.
    return typeof value === 'string' ? quoteElement(value) : encode(value)
  }
}

function delimiterOf(name: string): string {
  return name === 'box' ? ';' : ','
}

/** int8 is a `bigint` for the driver; columns may be declared to read it as a number or as text. */
function elementDecoder({ name, readAs }: DataType): ((value: unknown) => unknown) | undefined {
  if (name !== 'bigint') return undefined
  if (readAs === 'number') return Number
  return readAs === 'string' ? String : undefined
}

function decoderOf(base: DataType): ((value: unknown) => unknown) | undefined {
  const decodeOne = elementDecoder(base)
  if (base.dimensions === 0) return decodeOne
  const parse = textParser(base.readAs)
  const delimiter = delimiterOf(base.name)
  const decodeEach = (value: unknown): unknown =>
    Array.isArray(value) ? value.map(decodeEach) : value === null ? null : (decodeOne?.(value) ?? value)
  return (value) =>
    typeof value === 'string'
      ? parseArrayLiteral(value, parse, delimiter)
      : decodeOne === undefined
        ? value
        : decodeEach(value)
}

/** Only arrays of declared types and of types of extensions arrive as text. */
function textParser(readAs: ReadAs): (element: string) => unknown {
  switch (readAs) {
    case 'number':
      return Number
    case 'bigint':
      return BigInt
    case 'boolean':
      return (element) => element === 't'
    case 'json':
      return (element) => JSON.parse(element) as unknown
    default:
      return (element) => element
  }
}

function normalizerOf(readAs: ReadAs): (value: unknown) => unknown {
  switch (readAs) {
    case 'bigint':
      return (value) => (Number.isSafeInteger(value) ? BigInt(value as number) : value)
    case 'bytes':
      return (value) =>
        value instanceof Uint8Array && !Buffer.isBuffer(value)
          ? Buffer.from(value.buffer, value.byteOffset, value.byteLength)
          : value
    default:
      return (value) => value
  }
}

function nativeTest(readAs: ReadAs): (value: unknown) => boolean {
  switch (readAs) {
    case 'bigint':
    case 'boolean':
    case 'number':
    case 'string':
      return (value) => typeof value === readAs
    case 'date':
      return (value) => value instanceof Date
    case 'bytes':
      return (value) => Buffer.isBuffer(value)
    case 'point':
    case 'circle':
      return (value) => typeof value === 'object'
    default:
      return () => true
  }
}
