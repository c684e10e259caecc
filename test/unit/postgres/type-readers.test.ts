import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { TypeReaders } from '../../../src/postgres/type-readers.js'

const OID = {
  bool: 16,
  bytea: 17,
  int8: 20,
  int2: 21,
  oid: 26,
  int4: 23,
  json: 114,
  float8: 701,
  int8Array: 1016,
  date: 1082,
  dateArray: 1182,
  interval: 1186,
  intervalArray: 1187,
  timestamptz: 1184,
  numeric: 1700,
  jsonb: 3802,
}

function read(oid: number, text: string): unknown {
  // Digits around it are not its own.
  const bytes = Buffer.from(`12${text}34`)
  return new TypeReaders().forType(oid)(bytes, 2, bytes.length - 2)
}

function parse(type: keyof typeof OID, text: string): unknown {
  return read(OID[type], text)
}

describe('TypeReaders.forType', () => {
  it('reads every whole number that the server can write', () => {
    fc.assert(
      fc.property(fc.integer(), (number) => {
        expect(parse('int4', String(number))).toBe(number)
      }),
    )
    for (const text of ['0', '-1', '32767', '-32768']) expect(parse('int2', text)).toBe(Number(text))
    expect(parse('int4', '-2147483648')).toBe(-2_147_483_648)
    expect(parse('oid', '4294967295')).toBe(4_294_967_295)
  })

  it.each([
    ['0', 0n],
    ['-1', -1n],
    ['999999999999999', 999_999_999_999_999n],
    ['-99999999999999', -99_999_999_999_999n],
    ['9007199254740993', 9_007_199_254_740_993n],
    ['9223372036854775807', 9_223_372_036_854_775_807n],
    ['-9223372036854775808', -9_223_372_036_854_775_808n],
  ])('reads int8 %s exactly, as a bigint', (text, value) => {
    expect(parse('int8', text)).toBe(value)
  })

  it.each([
    ['{}', []],
    ['{1,NULL,-9223372036854775808}', [1n, null, -9_223_372_036_854_775_808n]],
  ])('reads int8[] %s as bigints', (text, value) => {
    expect(parse('int8Array', text)).toEqual(value)
  })

  it('reads int8[][] as nested arrays of bigints', () => {
    expect(parse('int8Array', '{{1,2},{3,NULL}}')).toEqual([
      [1n, 2n],
      [3n, null],
    ])
  })

  // pg makes a date midnight in the process's time zone, which is another day elsewhere.
  it.each(['2026-11-20', '0044-03-15 BC', 'infinity'])('leaves date %s as text', (text) => {
    expect(parse('date', text)).toBe(text)
  })

  it('leaves date[] as texts', () => {
    expect(parse('dateArray', '{2026-11-20,NULL}')).toEqual(['2026-11-20', null])
  })

  it.each(['1 year 2 mons 3 days 04:05:06.789', 'P1Y2M3DT4H5M6S'])('leaves interval %s as text', (text) => {
    expect(parse('interval', text)).toBe(text)
  })

  it('leaves interval[] as texts', () => {
    expect(parse('intervalArray', '{"1 day","2 days 03:00:00"}')).toEqual(['1 day', '2 days 03:00:00'])
  })

  it('leaves numeric as text, which loses no digit', () => {
    expect(parse('numeric', '0.10000000000000000001')).toBe('0.10000000000000000001')
  })

  it.each(['json', 'jsonb'] as const)(
    'reads %s, a key named __proto__ included, without changing a prototype',
    (type) => {
      const value = parse(type, '{"a":[1,null],"__proto__":{"polluted":true}}') as Record<string, unknown>
      expect(value['a']).toEqual([1, null])
      expect(Object.keys(value)).toEqual(['a', '__proto__'])
      expect(({} as { polluted?: unknown }).polluted).toBeUndefined()
      expect(value['polluted']).toBeUndefined()
    },
  )

  it('reads the types that lose nothing as pg does', () => {
    expect(parse('int4', '-2147483648')).toBe(-2_147_483_648)
    expect(parse('float8', 'NaN')).toBeNaN()
    expect(parse('bool', 't')).toBe(true)
    expect(parse('bool', 'f')).toBe(false)
    expect(parse('timestamptz', 'infinity')).toBe(Number.POSITIVE_INFINITY)
    expect(parse('timestamptz', '2026-11-20 12:00:00.5+01')).toEqual(new Date('2026-11-20T11:00:00.500Z'))
    expect(parse('bytea', '\\x00ff')).toEqual(Buffer.from([0, 255]))
  })

  it('leaves a type that nobody knows as the text that came', () => {
    expect(read(987_654, '(1,"two")')).toBe('(1,"two")')
  })
})
