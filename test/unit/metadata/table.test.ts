import { describe, expect, it } from 'vitest'
import type { AnyColumn } from '../../../src/metadata/column.js'
import { exclude } from '../../../src/metadata/exclude.js'
import { foreignKey } from '../../../src/metadata/foreign-key.js'
import { primaryKey, unique } from '../../../src/metadata/key-constraint.js'
import { integer } from '../../../src/metadata/number-columns.js'
import { table } from '../../../src/metadata/table.js'
import { index } from '../../../src/metadata/table-index.js'
import { text } from '../../../src/metadata/text-columns.js'

const any = (value: unknown) => value as AnyColumn

describe('table', () => {
  it('gives its columns by key and its declaration under $', () => {
    const users = table('users', { id: integer() }, { schema: 'auth', comment: 'People' })
    expect(Object.keys(users)).toEqual(['id', '$'])
    expect(users.id.def).toMatchObject({ key: 'id', owner: users.$ })
    expect(users.$).toMatchObject({
      kind: 'table',
      name: 'users',
      schema: 'auth',
      options: { comment: 'People' },
    })
  })

  it('takes options after the extras too', () => {
    const users = table('users', { id: integer() }, (t) => [index(t.id)], { unlogged: true })
    expect(users.$.extras.map(({ kind }) => kind)).toEqual(['index'])
    expect(users.$.options.unlogged).toBe(true)
  })

  it('holds columns under the keys of Object.prototype like any others', () => {
    const columns = JSON.parse('{"__proto__": 1, "constructor": 1, "toString": 1}') as Record<string, unknown>
    for (const key of Object.keys(columns)) {
      Object.defineProperty(columns, key, { value: text(), enumerable: true })
    }
    const odd = table('odd', columns as Record<string, AnyColumn>)
    expect(Object.keys(odd.$.columns)).toEqual(['__proto__', 'constructor', 'toString'])
    expect(Object.getOwnPropertyDescriptor(odd, '__proto__')?.value).toMatchObject({
      def: { key: '__proto__' },
    })
  })

  it('can not be changed afterwards', () => {
    const users = table('users', { id: integer() })
    expect(() => Object.assign(users, { id: text() })).toThrow(TypeError)
    expect(() => Object.assign(users.$.columns, { x: text() })).toThrow(TypeError)
    expect(() => Object.assign(users.id.def, { notNull: true })).toThrow(TypeError)
  })

  it('refuses a column under $', () => {
    expect(() => table('t', { $: integer() })).toThrow(/"\$".*named/s)
  })

  it('refuses what is no column and says what to do about a builder that was not called', () => {
    expect(() => table('t', { a: any('integer') })).toThrow('The column "a" of the table "t" is a string')
    expect(() => table('t', { a: any(integer) })).toThrow('Call it: a: a().')
  })

  it('refuses unknown options and names the nearest', () => {
    expect(() => table('t', { a: integer() }, { schemas: 'x' } as object)).toThrow('Did you mean schema?')
  })
})

describe('The extras of a table', () => {
  it.each([
    ['index()', () => index()],
    ['index(name)', () => index('name')],
    ['unique()', () => unique()],
    ['primaryKey(name)', () => primaryKey('name')],
    ['foreignKey([])', () => foreignKey([], () => [])],
    ['exclude()', () => exclude()],
  ])('need a column, for %s', (_what, build) => {
    expect(build).toThrow(/expected/)
    expect(build).toThrow(/CONFIGURATION|no column/)
  })

  it('refuse a key that is text: SQL is written as a template', () => {
    expect(() => index('name', 'lower(email)')).toThrow('sql`lower(email)`')
    expect(() => index('name', { on: 'email' as never })).toThrow('sql`lower(email)`')
  })

  it('refuse unknown options of a key and of a reference', () => {
    const column = integer()
    expect(() => index({ on: column, ordre: 'desc' } as never)).toThrow('Did you mean order?')
    expect(() => foreignKey([column], () => column, { ondelete: 'cascade' } as never)).toThrow(
      'Did you mean onDelete?',
    )
  })

  it('refuse an operator that is none', () => {
    const column = integer()
    expect(() => exclude({ on: column, with: '= ) ; drop' })).toThrow(/operator/)
    expect(exclude({ on: column, with: 'OPERATOR(app.&&)' }).def.keys[0]?.operator).toBe('OPERATOR(app.&&)')
  })

  it('can be derived from each other', () => {
    const base = index('i', integer())
    base.unique().where('true').using('gin').comment('x')
    expect(base.def).toMatchObject({ unique: false, where: undefined, method: 'btree', comment: undefined })
  })
})
