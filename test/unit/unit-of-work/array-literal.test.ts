import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { arrayLiteral, parseArrayLiteral, quoteElement } from '../../../src/unit-of-work/array-literal.js'

const format = {
  encode: (value: unknown) => quoteElement(String(value)),
  delimiter: ',',
  depth: Number.POSITIVE_INFINITY,
}
const same = (text: string): string => text

describe('arrayLiteral', () => {
  it('quotes every text, so that NULL, braces and quotes are text', () => {
    expect(arrayLiteral(['NULL', null, 'a"b', '{', '\\', ''], format)).toBe(
      '{"NULL",NULL,"a\\"b","{","\\\\",""}',
    )
  })

  it('nests arrays down to the depth from which on an array is an element', () => {
    expect(arrayLiteral([[1, 2], [3]], format)).toBe('{{"1","2"},{"3"}}')
    expect(
      arrayLiteral([[1, 2]], { ...format, encode: (value) => quoteElement(JSON.stringify(value)), depth: 1 }),
    ).toBe('{"[1,2]"}')
  })

  it('is read back as it was written, whatever the text', () => {
    const element = fc.option(fc.string({ unit: 'grapheme' }))
    fc.assert(
      fc.property(fc.array(element), (values) => {
        expect(parseArrayLiteral(arrayLiteral(values, format), same, ',')).toEqual(values)
      }),
    )
  })
})

describe('parseArrayLiteral', () => {
  it('reads elements without quotes, nested arrays, other delimiters and a lower bound', () => {
    expect(parseArrayLiteral('{sad,"very happy",NULL}', same, ',')).toEqual(['sad', 'very happy', null])
    expect(parseArrayLiteral('{{1,2},{3,4}}', Number, ',')).toEqual([
      [1, 2],
      [3, 4],
    ])
    expect(parseArrayLiteral('{(2,2),(0,0);(4,4),(3,3)}', same, ';')).toEqual(['(2,2),(0,0)', '(4,4),(3,3)'])
    expect(parseArrayLiteral('[0:1]={a,b}', same, ',')).toEqual(['a', 'b'])
    expect(parseArrayLiteral('{}', same, ',')).toEqual([])
  })
})
