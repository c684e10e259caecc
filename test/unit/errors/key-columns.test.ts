import { describe, expect, it } from 'vitest'
import { keyColumns } from '../../../src/errors/key-columns.js'

describe('keyColumns', () => {
  it.each([
    ['one column', 'Key (email)=(a@b.c) already exists.', ['email']],
    ['several columns', 'Key (tenant_id, email)=(1, a) already exists.', ['tenant_id', 'email']],
    ['another language', 'Schlüssel »(a, b)=(1, 2)« existiert bereits.', ['a', 'b']],
    ['an expression', 'Key (lower(email), b)=(x, y) already exists.', ['lower(email)', 'b']],
    ['an expression with commas', 'Key (COALESCE(a, b), c)=(x, y) already exists.', ['COALESCE(a, b)', 'c']],
    [
      'a text in an expression',
      "Key (COALESCE(a, ')'::text))=(x) already exists.",
      ["COALESCE(a, ')'::text)"],
    ],
    ['quoted names', 'Key ("Full, Name", "a""b", ")")=(1, 2, 3) already exists.', ['Full, Name', 'a"b', ')']],
    ['parentheses in the values', 'Key (a)=((x), (y)) already exists.', ['a']],
  ])('reads %s', (_, detail, columns) => {
    expect(keyColumns(detail)).toEqual(columns)
  })

  it('finds none when the detail is absent, has no key or is cut short', () => {
    expect(keyColumns(undefined)).toEqual([])
    expect(keyColumns('Something else.')).toEqual([])
    expect(keyColumns('Key (a, b')).toEqual([])
  })
})
