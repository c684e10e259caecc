import { afterEach, describe, expect, it } from 'vitest'
import { RowShape, type FieldDescription } from '../../../src/postgres/row-shape.js'
import { TypeParsers } from '../../../src/postgres/type-parsers.js'

const TEXT = 25
const INT4 = 23
const parsers = new TypeParsers()

function shapeOf(...columns: readonly (string | FieldDescription)[]): RowShape {
  const fields = columns.map((column) =>
    typeof column === 'string' ? { name: column, dataTypeID: TEXT, format: 'text' } : column,
  )
  return new RowShape(fields, parsers)
}

describe('RowShape.parse', () => {
  afterEach(() => {
    Reflect.deleteProperty(Object.prototype, 'polluted')
  })

  it('builds an object of the columns, in their order', () => {
    const row = shapeOf('b', { name: 'a', dataTypeID: INT4, format: 'text' }).parse(['x', '1'])
    expect(row).toEqual({ b: 'x', a: 1 })
    expect(Object.keys(row)).toEqual(['b', 'a'])
  })

  it('builds an ordinary object, with the methods that programs expect', () => {
    const row = shapeOf('a').parse(['x'])
    expect(Object.getPrototypeOf(row)).toBe(Object.prototype)
  })

  it('gives SQL NULL as null', () => {
    expect(shapeOf('a', 'b').parse([null, ''])).toEqual({ a: null, b: '' })
  })

  it('builds each row anew', () => {
    const shape = shapeOf('a', 'b')
    const first = shape.parse(['1', '2'])
    const second = shape.parse([null, null])
    expect(first).toEqual({ a: '1', b: '2' })
    expect(second).toEqual({ a: null, b: null })
  })

  it('lets the last of several columns with one name win, NULL included', () => {
    expect(shapeOf('a', 'a').parse(['first', 'last'])).toEqual({ a: 'last' })
    expect(shapeOf('a', 'a').parse(['first', null])).toEqual({ a: null })
  })

  it('gives an empty object for each row without columns', () => {
    expect(shapeOf().parse([])).toEqual({})
  })

  // S11: assigned the naive way, this column would set the row's prototype, or be lost.
  it.each(['x', null])('keeps a column named __proto__ as a property, with the value %j', (value) => {
    const shape = shapeOf('__proto__', 'a')
    for (const row of [shape.parse([value, '1']), shape.parse([value, '2'])]) {
      expect(Object.getPrototypeOf(row)).toBe(Object.prototype)
      expect(Object.getOwnPropertyDescriptor(row, '__proto__')).toMatchObject({ value, enumerable: true })
    }
    expect(({} as { a?: unknown }).a).toBeUndefined()
  })

  it.each(['constructor', 'toString', 'hasOwnProperty', '__defineGetter__'])(
    'keeps a column named %s',
    (name) => {
      expect(Object.entries(shapeOf(name).parse(['x']))).toEqual([[name, 'x']])
    },
  )

  it('takes nothing from a polluted Object.prototype', () => {
    Object.defineProperty(Object.prototype, 'polluted', { value: 'evil', configurable: true, writable: true })
    expect(Object.keys(shapeOf('a').parse(['x']))).toEqual(['a'])
    expect(Object.entries(shapeOf('polluted').parse([null]))).toEqual([['polluted', null]])
  })
})
