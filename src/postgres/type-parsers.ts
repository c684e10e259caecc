import pg from 'pg'
import { parseMoment } from './parse-moment.js'

const OID = {
  int8: 20,
  int2: 21,
  int4: 23,
  oid: 26,
  int8Array: 1016,
  date: 1082,
  dateArray: 1182,
  timestamptz: 1184,
  interval: 1186,
  intervalArray: 1187,
  numericArray: 1231,
}

type Parser = (text: string) => unknown

const getParser = pg.types.getTypeParser as (oid: number, format: 'text') => Parser
const parseAnyMoment = getParser(OID.timestamptz, 'text')
const parseTextArray = getParser(1009, 'text') as (text: string) => (string | null)[]

/**
 * How values of each PostgreSQL type are read.
 *
 * `pg`'s own parsers, except where they lose something: int8 is read as a `bigint` (pg gives a string),
 * date stays the text `2026-11-20` (pg makes it midnight in the process's time zone, which is another day
 * elsewhere), interval stays text in the server's `IntervalStyle`, and the items of numeric arrays stay text like a
 * numeric alone (pg makes them floats); or where they are slow: timestamptz and the whole numbers.
 *
 * @internal
 */
export class TypeParsers {
  readonly #overrides = new Map<number, Parser>([
    [OID.int2, readInteger],
    [OID.int4, readInteger],
    [OID.oid, readInteger],
    [OID.int8, BigInt],
    [OID.int8Array, (text) => mapItems(parseTextArray(text), BigInt)],
    [OID.date, String],
    [OID.dateArray, parseTextArray],
    [OID.timestamptz, (text) => parseMoment(text) ?? parseAnyMoment(text)],
    [OID.interval, String],
    [OID.intervalArray, parseTextArray],
    [OID.numericArray, parseTextArray],
  ])

  /** The parser for a type's OID; text as it came for types that nobody knows. */
  forType(oid: number): Parser {
    return this.#overrides.get(oid) ?? getParser(oid, 'text')
  }
}

/** Digits, and a minus in front of them: all that the server writes. */
function readInteger(text: string): number {
  const isNegative = text.charCodeAt(0) === MINUS
  let number = 0
  for (let index = isNegative ? 1 : 0; index < text.length; index++)
    number = number * 10 + text.charCodeAt(index) - ZERO
  return isNegative ? -number : number
}

const MINUS = 0x2d
const ZERO = 0x30

/** Arrays may hold arrays, to any depth. */
function mapItems(items: readonly unknown[], parse: Parser): unknown[] {
  return items.map((item) => {
    if (Array.isArray(item)) return mapItems(item, parse)
    return typeof item === 'string' ? parse(item) : null
  })
}
