import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { UsageError } from '../../../src/errors/usage-error.js'
import { quoteIdentifier, quoteQualified } from '../../../src/foundation/quote-identifier.js'

describe('quoteIdentifier', () => {
  it.each([
    ['users', '"users"'],
    ['odd"name', '"odd""name"'],
    ['public; drop table victim; --', '"public; drop table victim; --"'],
    ['a","b', '"a"",""b"'],
    ['$user', '"$user"'],
    ['Ünï 😀', '"Ünï 😀"'],
    ['"', '""""'],
  ])('quotes %s', (name, quoted) => {
    expect(quoteIdentifier(name)).toBe(quoted)
  })

  it('always makes exactly one identifier that reads back as the name', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', minLength: 1, maxLength: 15 }), (name) => {
        fc.pre(!name.includes('\0'))
        const quoted = quoteIdentifier(name)
        expect(quoted).toMatch(/^"(?:[^"]|"")+"$/u)
        expect(quoted.slice(1, -1).replaceAll('""', '"')).toBe(name)
      }),
    )
  })

  it.each([
    ['an empty name', '', 'is empty'],
    ['NUL', 'a\0b', 'NUL'],
    ['a lone surrogate', 'a\ud800', 'lone surrogate'],
    ['a name that would be cut', 'x'.repeat(64), '64 bytes'],
    ['a name whose bytes would be cut', 'é'.repeat(32), '64 bytes'],
    ['what is not a text', undefined as unknown as string, 'not a string'],
  ])('refuses %s', (_, name, flaw) => {
    expect(() => quoteIdentifier(name)).toThrow(UsageError)
    expect(() => quoteIdentifier(name)).toThrow(flaw)
  })

  it('accepts 63 bytes', () => {
    expect(quoteIdentifier('x'.repeat(63))).toHaveLength(65)
  })
})

describe('quoteQualified', () => {
  it('quotes each part', () => {
    expect(quoteQualified('users')).toBe('"users"')
    expect(quoteQualified('a.b', 'users', 'i"d')).toBe('"a.b"."users"."i""d"')
  })

  it('refuses a bad part', () => {
    expect(() => quoteQualified('public', '')).toThrow(UsageError)
  })
})
