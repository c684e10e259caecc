import { expressionBuilder, sql } from 'kysely'
import { describe, expect, it } from 'vitest'
import { ConfigurationError } from '../../../src/errors/usage-error.js'
import { columnOf } from '../../../src/metadata/column-builder.js'
import { integer } from '../../../src/metadata/number-columns.js'
import { sqlText } from '../../../src/metadata/sql-expression.js'
import { sqlLiteral } from '../../../src/metadata/sql-literal.js'
import { table } from '../../../src/metadata/table.js'

const stock = table('stock', { amount: integer(), odd: integer().named('o"dd') })

describe('sqlText', () => {
  it.each([
    ['text as it is', sql`now()`, 'now()'],
    [
      'values as literals',
      sql`a = ${"it's"} and b > ${5} or c = ${null} or d = ${true}`,
      "a = 'it''s' and b > 5 or c = NULL or d = true",
    ],
    ['templates in templates', sql`a = ${sql`lower(${'X'})`}`, "a = lower('X')"],
    ['literals', sql`${sql.lit('x')} ${sql.lit(3)}`, "'x' 3"],
    ['references', sql`${sql.ref('a')} ${sql.ref('t.a')} ${sql.ref('s.t.a')}`, '"a" "t"."a" "s"."t"."a"'],
    ['tables', sql`${sql.table('s.t')}`, '"s"."t"'],
    ['identifiers', sql`${sql.id('s', 'ty"pe')}`, '"s"."ty""pe"'],
    ['joined lists', sql`x in (${sql.join([1, 'b', sql`c`])})`, "x in (1, 'b', c)"],
    ['raw SQL', sql.raw('a <> b'), 'a <> b'],
    [
      'columns of a table by their names in the database',
      sql`${stock.amount} + ${stock.odd}`,
      '"amount" + "o""dd"',
    ],
  ])('writes %s', (_what, expression, text) => {
    expect(sqlText(expression)).toBe(text)
  })

  it('refuses an expression that needs a compiler, and names it', () => {
    const eb = expressionBuilder<{ t: { a: number } }, 't'>()
    expect(() => sqlText(eb('a', '=', 1))).toThrow(/BinaryOperationNode.*\[CONFIGURATION\] Write/s)
  })

  it('refuses nothing at all', () => {
    expect(() => sqlText(' ')).toThrow(ConfigurationError)
  })
})

describe('sqlLiteral', () => {
  it.each([
    ['undefined', undefined],
    ['a function', () => 1],
    ['a Map', new Map()],
    ['an invalid Date', new Date(Number.NaN)],
    ['a NUL', 'secret\0'],
    ['a lone surrogate', 'secret\ud800'],
  ])('refuses %s without showing it', (_what, value) => {
    expect(() => sqlLiteral(value)).toThrow(ConfigurationError)
    expect(() => sqlLiteral(value)).not.toThrow(/secret/)
  })

  it('refuses what an array column or a JSON column can not hold', () => {
    expect(() => sqlLiteral('x', { readAs: 'string', dimensions: 1 })).toThrow(/an array/)
    expect(() => sqlLiteral(undefined, { readAs: 'json', dimensions: 0 })).toThrow(/a JSON value/)
  })

  it('writes numbers that SQL can only spell as text', () => {
    expect([Number.NaN, Number.POSITIVE_INFINITY, -0.5, 1e21].map((value) => sqlLiteral(value))).toEqual([
      "'NaN'",
      "'Infinity'",
      '-0.5',
      '1e+21',
    ])
  })
})

describe('columnOf', () => {
  it('gives a nullable column with nothing else', () => {
    const { def } = columnOf({ name: 'x', declared: undefined, dimensions: 0, readAs: 'driver' })
    expect(def).toMatchObject({ notNull: false, default: undefined, uniques: [], checks: [] })
  })
})
