import { describe, expect, it } from 'vitest'
import { UsageError } from '../../../src/errors/usage-error.js'
import { wireValue } from '../../../src/postgres/wire-value.js'

/** What `wireValue` throws. */
function refusalOf(value: unknown, position = 1): UsageError {
  try {
    wireValue(value, position)
  } catch (error) {
    expect(error).toBeInstanceOf(UsageError)
    return error as UsageError
  }
  throw new Error('The value was not refused.')
}

/** Mistakes that `pg` turns into data (E10, S9): what is passed, and how the message names it. */
const MISTAKES: readonly [name: string, value: unknown, named: RegExp][] = [
  ['undefined', undefined, /undefined/],
  ['a function', () => 'source text', /function/],
  ['a symbol', Symbol('z'), /symbol/],
  ['a Map', new Map([['a', 1]]), /Map/],
  ['a Set', new Set([1]), /Set/],
  ['a promise', Promise.resolve(1), /promise/],
  ['any other thenable', { then: (): undefined => undefined }, /promise/],
  ['an invalid Date', new Date(Number.NaN), /invalid Date/],
  ['a text with a NUL character', 'before\u0000after', /NUL/],
  ['a text with a lone high surrogate', 'x\ud83d', /surrogate/],
  ['a text with a lone low surrogate', '\ude00x', /surrogate/],
]

describe('wireValue', () => {
  it.each(MISTAKES)('refuses %s, and names it', (_, value, named) => {
    expect(refusalOf(value).message).toMatch(named)
  })

  it('names the position of the parameter', () => {
    const error = refusalOf(undefined, 17)
    expect(error.message).toContain('$17')
    expect(error.context).toMatchObject({ position: 17 })
  })

  it('says what to pass instead', () => {
    expect(refusalOf(undefined).hint).toMatch(/null/)
    expect(refusalOf(new Map()).hint).toMatch(/array|object/)
    expect(refusalOf(Promise.resolve()).hint).toMatch(/await/i)
  })

  it('never shows the value', () => {
    for (const value of ['4111-1111\u0000', 'S3cr!et\ud800', new Map([['S3cr!et', '4111-1111']])]) {
      const { message, hint, context } = refusalOf(value)
      expect(JSON.stringify([message, hint, context])).not.toMatch(/4111|S3cr/)
    }
  })

  it.each([
    ['a text with NUL', [['a'], ['b\u0000']]],
    ['a text with a lone surrogate', [['a'], ['\ud800']]],
  ])('refuses an array with %s in it', (_, value) => {
    refusalOf(value)
  })

  // S9: pg writes each of these into the array as a text or as NULL.
  it.each([
    ['undefined', ['a', undefined]],
    ['a symbol', [Symbol('z')]],
    ['a function', [() => 'source text']],
    ['a Map', [new Map()]],
    ['a Set', [new Set()]],
    ['a promise', [Promise.resolve(1)]],
    ['an invalid Date', [new Date(Number.NaN)]],
    ['undefined two levels down', [[1], [undefined]]],
  ])('refuses an array with %s in it', (_, value) => {
    refusalOf(value)
  })

  it('refuses what has no JSON', () => {
    const circular: Record<string, unknown> = {}
    circular['self'] = circular
    expect(refusalOf(circular).cause).toBeInstanceOf(TypeError)
    expect(refusalOf({ big: 1n }).cause).toBeInstanceOf(TypeError)
  })

  // E7: in pg a toPostgres() that throws leaves the statement's name broken for the life of the client.
  it('refuses an object whose toPostgres() throws, and keeps what it threw', () => {
    const thrown = new Error('conversion')
    const value = {
      toPostgres(): never {
        throw thrown
      },
    }
    expect(refusalOf(value).cause).toBe(thrown)
  })

  it('checks what toPostgres() returns like any value', () => {
    expect(wireValue({ toPostgres: () => 7n }, 1)).toBe('7')
    expect(wireValue({ toPostgres: () => null }, 1)).toBeNull()
    refusalOf({ toPostgres: () => 'x\u0000' })
  })

  it.each([
    ['an empty text', '', ''],
    ['text of all planes', 'a é 語 😀 \u{10ffff}', 'a é 語 😀 \u{10ffff}'],
    ['an integer', 42, '42'],
    ['a fraction', -0.1, '-0.1'],
    ['the largest double', Number.MAX_VALUE, '1.7976931348623157e+308'],
    ['NaN, which float and numeric know', Number.NaN, 'NaN'],
    ['Infinity', -Infinity, '-Infinity'],
    ['a bigint beyond the doubles', 9_223_372_036_854_775_807n, '9223372036854775807'],
    ['true', true, 'true'],
    ['false', false, 'false'],
    ['null', null, null],
    ['an object as JSON', { a: [1, null] }, '{"a":[1,null]}'],
    ['a typed array as its bytes', new Uint8Array([1, 255]), Buffer.from([1, 255])],
    ['an empty array', [], '{}'],
  ])('passes %s on', (_, value, wire) => {
    expect(wireValue(value, 1)).toEqual(wire)
  })

  it('hands a Buffer on without copying it', () => {
    const bytes = Buffer.from('x')
    expect(wireValue(bytes, 1)).toBe(bytes)
  })
})
