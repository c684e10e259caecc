import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { copyValue, isSameValue } from '../../../src/unit-of-work/same-value.js'

const document = fc.jsonValue()

describe('isSameValue', () => {
  it('compares dates by their moment and bytes by their content', () => {
    expect(isSameValue(new Date(5), new Date(5))).toBe(true)
    expect(isSameValue(new Date(5), new Date(6))).toBe(false)
    expect(isSameValue(new Date(Number.NaN), new Date(Number.NaN))).toBe(true)
    expect(isSameValue(Buffer.from('a'), new Uint8Array([97]))).toBe(true)
    expect(isSameValue(Buffer.from('a'), Buffer.from('b'))).toBe(false)
    expect(isSameValue({}, new Date(5))).toBe(false)
    expect(isSameValue([], {})).toBe(false)
  })

  it('knows NaN as itself and one zero', () => {
    expect(isSameValue(Number.NaN, Number.NaN)).toBe(true)
    expect(isSameValue(0, -0)).toBe(true)
    expect(isSameValue(1, 1n)).toBe(false)
    expect(isSameValue(null, undefined)).toBe(false)
  })

  it('compares documents all the way down, without regard to the order of keys', () => {
    expect(isSameValue({ a: [1, { b: null }], c: 2 }, { c: 2, a: [1, { b: null }] })).toBe(true)
    expect(isSameValue({ a: 1 }, { a: 1, b: undefined })).toBe(false)
    expect(isSameValue({ a: 1 }, { b: 1 })).toBe(false)
    expect(isSameValue([1, 2], [1])).toBe(false)
  })
})

describe('copyValue', () => {
  it('gives the same value, of which nothing is shared', () => {
    fc.assert(
      fc.property(document, (value) => {
        const copy = copyValue(value)
        expect(isSameValue(copy, value)).toBe(true)
        if (typeof value === 'object' && value !== null) expect(copy).not.toBe(value)
      }),
    )
    const bytes = Buffer.from('a')
    const copy = copyValue(bytes) as Buffer
    bytes[0] = 0
    expect(copy[0]).toBe(97)
  })

  it('keeps a key called __proto__ a key', () => {
    const value: unknown = JSON.parse('{"__proto__": {"a": 1}}')
    const copy = copyValue(value) as object
    expect(Object.keys(copy)).toEqual(['__proto__'])
    expect(Object.getPrototypeOf(copy)).toBe(Object.prototype)
  })

  it('leaves objects of classes of the application as they are', () => {
    const url = new URL('https://example.org')
    expect(copyValue(url)).toBe(url)
  })
})
