import { sql } from 'kysely'
import { describe, expect, it } from 'vitest'
import { ConfigurationError } from '../../../src/errors/usage-error.js'
import { domain } from '../../../src/metadata/domain.js'
import { enumType } from '../../../src/metadata/enum-type.js'
import { bigint, integer, numeric, serial } from '../../../src/metadata/number-columns.js'
import { table } from '../../../src/metadata/table.js'
import { text, varbit, varchar } from '../../../src/metadata/text-columns.js'
import { interval, timestamptz } from '../../../src/metadata/time-columns.js'

describe('ColumnBuilder', () => {
  it('leaves the column it was called on as it was', () => {
    const base = text()
    base.notNull().default('x').unique().check('true').comment('x').named('y')
    expect(base.def).toEqual(text().def)
  })

  it('can be the base of several columns', () => {
    const id = bigint().identity().primaryKey()
    const one = table('one', { id })
    const two = table('two', { id })
    expect([one.id.def.owner, two.id.def.owner]).toEqual([one.$, two.$])
    expect(id.def.owner).toBeUndefined()
  })

  it('takes text as a value and a template as SQL', () => {
    expect(text().default('now()').def.default).toBe("'now()'")
    expect(timestamptz().default(sql`now()`).def.default).toBe('now()')
  })

  it('goes back to taking NULL', () => {
    expect(text().notNull('given').null().def).toMatchObject({ notNull: false, notNullName: undefined })
  })

  it('collects several uniques and checks', () => {
    const { def } = integer().unique('a').unique().check('x > 0', 'b').check('x < 9', { noInherit: true })
    expect(def.uniques).toEqual([{ name: 'a' }, { name: undefined }])
    expect(def.checks).toEqual([
      { kind: 'check', name: 'b', expression: 'x > 0' },
      { kind: 'check', noInherit: true, expression: 'x < 9' },
    ])
  })

  it.each([
    ['varchar(0)', () => varchar(0)],
    ['varchar(10485761)', () => varchar(10_485_761)],
    ['varbit(1.5)', () => varbit(1.5)],
    ['numeric(1001)', () => numeric(1_001)],
    ['numeric(2, 1001)', () => numeric(2, 1_001)],
    ['timestamptz(7)', () => timestamptz(7)],
    ['interval(-1)', () => interval(undefined, -1)],
  ])('refuses a parameter out of range, for %s', (_type, build) => {
    expect(build).toThrow(/expected a whole number from/)
  })
})

describe('enumType', () => {
  it.each([
    ['a value twice', ['a', 'b', 'a'], '"a", which occurs twice'],
    ['a value of 64 bytes', ['a'.repeat(64)], '64 bytes'],
  ])('refuses %s', (_what, values, message) => {
    expect(() => enumType('mood', values)).toThrow(message)
  })

  it('does not change when the list it was made from does', () => {
    const values = ['a', 'b']
    const type = enumType('t', values)
    values.push('c')
    expect(type.values).toEqual(['a', 'b'])
  })
})

describe('domain', () => {
  it('takes over type, checks, default, collation and not null', () => {
    const { def } = domain('d', text().notNull().default('x').collate('C').check("VALUE <> ''", 'c'))
    expect(def).toMatchObject({
      notNull: true,
      default: "'x'",
      collation: { name: 'C' },
      checks: [{ name: 'c', expression: "VALUE <> ''", notValid: false }],
    })
  })

  it.each([
    ['primaryKey', integer().primaryKey()],
    ['identity', integer().identity()],
    ['serial', serial()],
    ['generated', integer().generatedAs('1')],
    ['unique', integer().unique()],
    ['references', integer().references(() => undefined)],
  ])('refuses what only a column can have, for %s', (word, base) => {
    expect(() => domain('d', base)).toThrow(ConfigurationError)
    expect(() => domain('d', base)).toThrow(word)
  })
})

describe('ColumnBuilder.version', () => {
  it('makes a column that is not null and begins with 1, unless a default says otherwise', () => {
    expect(integer().version().def).toMatchObject({ isVersion: true, notNull: true, default: '1' })
    expect(integer().default(5).version().def.default).toBe('5')
  })

  it('refuses what can not be counted in', () => {
    expect(() => text().version()).toThrow(/expected smallint\(\), integer\(\) or bigint\(\)/)
    expect(() => integer().array().version()).toThrow(ConfigurationError)
    expect(() => integer().identity().version()).toThrow(ConfigurationError)
    const one = { first: integer().version(), second: integer().version() }
    expect(() => table('t', one)).toThrow(/first, second; a row has one version/)
  })
})
