import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { clipIdentifier } from '../../../src/metadata/clip-identifier.js'
import { defaultObjectName } from '../../../src/metadata/default-object-name.js'
import { sqlWords } from '../../../src/metadata/sql-words.js'

const words = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 80 })

describe('clipIdentifier', () => {
  it.each([
    ['a'.repeat(63), 'a'.repeat(63)],
    ['a'.repeat(64), 'a'.repeat(63)],
    ['é'.repeat(40), 'é'.repeat(31)],
    [`a${'日'.repeat(30)}`, `a${'日'.repeat(20)}`],
    ['😀'.repeat(20), '😀'.repeat(15)],
  ])('cuts %s at 63 bytes, never inside a character', (name, clipped) => {
    expect(clipIdentifier(name)).toBe(clipped)
  })

  it('gives a beginning of the name that fits and could not be longer', () => {
    fc.assert(
      fc.property(words, (name) => {
        const clipped = clipIdentifier(name)
        const next = String.fromCodePoint(name.codePointAt(clipped.length) ?? 32)
        return (
          name.startsWith(clipped) &&
          Buffer.byteLength(clipped) <= 63 &&
          (name === clipped || Buffer.byteLength(clipped + next) > 63)
        )
      }),
    )
  })
})

describe('defaultObjectName', () => {
  it('keeps the label whole and stays within 63 bytes', () => {
    fc.assert(
      fc.property(
        words,
        fc.option(words, { nil: undefined }),
        fc.constantFrom('key', 'fkey12', 'idx'),
        (table, column, label) => {
          const name = defaultObjectName(table, column, label)
          return name.endsWith(`_${label}`) && Buffer.byteLength(name) <= 63
        },
      ),
    )
  })

  it('takes bytes from the longer part only', () => {
    expect(defaultObjectName('t'.repeat(60), 'col', 'key')).toBe(`${'t'.repeat(55)}_col_key`)
    expect(defaultObjectName('tab', 'c'.repeat(60), 'key')).toBe(`tab_${'c'.repeat(55)}_key`)
  })
})

describe('sqlWords', () => {
  const namesIn = (sql: string) => sqlWords(sql).map(({ name }) => name)

  it.each([
    ['unquoted words, folded to lower case', 'Lower(EMAIL) > Ünïx', ['lower', 'email', 'Ünïx']],
    ['quoted identifiers as they are', '"My ""Col""" = "b"', ['My "Col"', 'b']],
    ['nothing in strings', "'users' || E'it\\'s users' || 'it''s users' || x", ['x']],
    ['nothing in function bodies', 'as $$ select users $$ $body$ from $$ users $body$ x', ['as', 'x']],
    ['nothing in comments', 'a -- users\n + /* users */ b', ['a', 'b']],
    ['no parameters and numbers', '$1 + 12e3 + a1', ['a1']],
  ])('finds %s', (_what, sql, names) => {
    expect(namesIn(sql)).toEqual(names)
  })

  it('knows what stands before a dot and what is called', () => {
    expect(sqlWords('app.make_token( "S". f )')).toMatchObject([
      { name: 'app', qualifier: undefined, isCall: false },
      { name: 'make_token', qualifier: 'app', isCall: true },
      { name: 'S', qualifier: undefined, isCall: false },
      { name: 'f', qualifier: 'S', isCall: false },
    ])
  })

  it.each([
    ['after FROM and JOIN', 'select a.b from c join d on e.f = g left join h using (i)', ['c', 'd', 'h']],
    ['in a list', 'select a, b from c, "D" d, e where f in (g, h)', ['c', 'D', 'e']],
    [
      'in parentheses',
      'SELECT x FROM ((a b\n JOIN c ON ((b.d = c.e)))\n LEFT JOIN f ON (g))',
      ['a', 'c', 'f'],
    ],
    ['in a subquery', 'select (select a from b) c from (select d from e) f, g', ['b', 'e', 'g']],
    ['with its schema', 'select from s.a, t."B" where c.d', ['s', 'a', 't', 'B']],
    ['after ONLY and LATERAL', 'select from only a, lateral b(c)', ['a', 'b']],
    ['where rows are written', 'insert into a select from b; update c set d = e', ['a', 'b', 'c']],
    ['in both parts of a union', 'select a from b union all select c from d order by e, f', ['b', 'd']],
  ])('knows where tables are named: %s', (_where, sql, names) => {
    const found = sqlWords(sql).filter(({ isRelation }) => isRelation)
    expect(found.map(({ name }) => name)).toEqual(names)
  })

  it('knows what a common table expression is called', () => {
    const sql = `with recursive a as (select 1), "B" (x, y) as not materialized (select 2), c AS MATERIALIZED (select 3)
      select d as e, (f) from a as g, h as (i)`
    const found = sqlWords(sql).filter(({ isCommonTable }) => isCommonTable)
    expect(found.map(({ name }) => name)).toEqual(['a', 'B', 'c', 'h'])
  })
})
