import pg from 'pg'
import { readMoment } from './read-moment.js'

const OID = {
  bool: 16,
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

/** Reads a value from its text form, the bytes from `start` up to `end`. Null is not passed in. */
export type TypeReader = (bytes: Buffer, start: number, end: number) => unknown

type Parser = (text: string) => unknown

const getParser = pg.types.getTypeParser as (oid: number, format: 'text') => Parser
const parseAnyMoment = getParser(OID.timestamptz, 'text')
const parseTextArray = getParser(1009, 'text') as (text: string) => (string | null)[]
/** What pg does with types that nobody knows: it leaves them as the text that came. */
const parseNothing = getParser(0, 'text')

/**
 * How values of each PostgreSQL type are read.
 *
 * By `pg`'s own parsers, except where they lose something: int8 is read as a `bigint` (pg gives a string),
 * date stays the text `2026-11-20` (pg makes it midnight in the process's time zone, which is another day
 * elsewhere), interval stays text in the server's `IntervalStyle`, and the items of numeric arrays stay text like a
 * numeric alone (pg makes them floats); or where they are slow: booleans, timestamptz and the whole numbers are read
 * from their bytes, without a text in between.
 *
 * @internal
 */
export class TypeReaders {
  readonly #overrides = new Map<number, TypeReader>([
    [OID.bool, readBoolean],
    [OID.int2, readInteger],
    [OID.int4, readInteger],
    [OID.oid, readInteger],
    [OID.int8, readBigint],
    [OID.int8Array, reader((text) => mapItems(parseTextArray(text), BigInt))],
    [OID.date, readText],
    [OID.dateArray, reader(parseTextArray)],
    [
      OID.timestamptz,
      (bytes, start, end) => readMoment(bytes, start, end) ?? parseAnyMoment(readText(bytes, start, end)),
    ],
    [OID.interval, readText],
    [OID.intervalArray, reader(parseTextArray)],
    [OID.numericArray, reader(parseTextArray)],
  ])

  /** The reader for a type's OID; for types that nobody knows it gives the text that came. */
  forType(oid: number): TypeReader {
    return this.#overrides.get(oid) ?? reader(getParser(oid, 'text'))
  }
}

function reader(parse: Parser): TypeReader {
  return parse === parseNothing ? readText : (bytes, start, end) => parse(readText(bytes, start, end))
}

function readText(bytes: Buffer, start: number, end: number): string {
  return bytes.toString('utf8', start, end)
}

function readBoolean(bytes: Buffer, start: number): boolean {
  return bytes[start] === LETTER_T
}

/** Digits, and a minus in front of them: all that the server writes. */
function readInteger(bytes: Buffer, start: number, end: number): number {
  const isNegative = bytes[start] === MINUS
  let number = 0
  for (let at = isNegative ? start + 1 : start; at < end; at++)
    number = number * 10 + (bytes[at] as number) - ZERO
  return isNegative ? -number : number
}

function readBigint(bytes: Buffer, start: number, end: number): bigint {
  // A number holds 15 digits exactly, and is read faster.
  return BigInt(end - start > 15 ? readText(bytes, start, end) : readInteger(bytes, start, end))
}

const MINUS = 0x2d
const ZERO = 0x30
const LETTER_T = 0x74

/** Arrays may hold arrays, to any depth. */
function mapItems(items: readonly unknown[], parse: Parser): unknown[] {
  return items.map((item) => {
    if (Array.isArray(item)) return mapItems(item, parse)
    return typeof item === 'string' ? parse(item) : null
  })
}
