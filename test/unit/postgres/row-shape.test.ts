import { afterEach, describe, expect, it } from 'vitest'
import { ProtocolError } from '../../../src/errors/operational-error.js'
import { RowShape, type FieldDescription } from '../../../src/postgres/row-shape.js'
import { TypeReaders } from '../../../src/postgres/type-readers.js'
import { dataRow } from '../../support/data-row.js'

const TEXT = 25
const INT4 = 23
const types = new TypeReaders()

function shapeOf(...columns: readonly (string | FieldDescription)[]): RowShape {
  const fields = columns.map((column) =>
    typeof column === 'string' ? { name: column, dataTypeID: TEXT, format: 'text' } : column,
  )
  return new RowShape(fields, types)
}

function objectOf(shape: RowShape, ...values: readonly (string | null)[]): Record<string, unknown> {
  const body = dataRow(...values)
  return shape.readObject(body, 0, body.length)
}

describe('RowShape.readObject', () => {
  afterEach(() => {
    Reflect.deleteProperty(Object.prototype, 'polluted')
  })

  it('builds an object of the columns, in their order', () => {
    const row = objectOf(shapeOf('b', { name: 'a', dataTypeID: INT4, format: 'text' }), 'x', '1')
    expect(row).toEqual({ b: 'x', a: 1 })
    expect(Object.keys(row)).toEqual(['b', 'a'])
  })

  it('builds an ordinary object, with the methods that programs expect', () => {
    const row = objectOf(shapeOf('a'), 'x')
    expect(Object.getPrototypeOf(row)).toBe(Object.prototype)
  })

  it('gives SQL NULL as null', () => {
    expect(objectOf(shapeOf('a', 'b'), null, '')).toEqual({ a: null, b: '' })
  })

  it('builds each row anew', () => {
    const shape = shapeOf('a', 'b')
    const first = objectOf(shape, '1', '2')
    const second = objectOf(shape, null, null)
    expect(first).toEqual({ a: '1', b: '2' })
    expect(second).toEqual({ a: null, b: null })
  })

  it('lets the last of several columns with one name win, NULL included', () => {
    expect(objectOf(shapeOf('a', 'a'), 'first', 'last')).toEqual({ a: 'last' })
    expect(objectOf(shapeOf('a', 'a'), 'first', null)).toEqual({ a: null })
  })

  it('gives an empty object for each row without columns', () => {
    expect(objectOf(shapeOf())).toEqual({})
  })

  // S11: assigned the naive way, this column would set the row's prototype, or be lost.
  it.each(['x', null])('keeps a column named __proto__ as a property, with the value %j', (value) => {
    const shape = shapeOf('__proto__', 'a')
    for (const row of [objectOf(shape, value, '1'), objectOf(shape, value, '2')]) {
      expect(Object.getPrototypeOf(row)).toBe(Object.prototype)
      expect(Object.getOwnPropertyDescriptor(row, '__proto__')).toMatchObject({ value, enumerable: true })
    }
    expect(({} as { a?: unknown }).a).toBeUndefined()
  })

  it.each(['constructor', 'toString', 'hasOwnProperty', '__defineGetter__'])(
    'keeps a column named %s',
    (name) => {
      expect(Object.entries(objectOf(shapeOf(name), 'x'))).toEqual([[name, 'x']])
    },
  )

  it('takes nothing from a polluted Object.prototype', () => {
    Object.defineProperty(Object.prototype, 'polluted', { value: 'evil', configurable: true, writable: true })
    expect(Object.keys(objectOf(shapeOf('a'), 'x'))).toEqual(['a'])
    expect(Object.entries(objectOf(shapeOf('polluted'), null))).toEqual([['polluted', null]])
  })
})

describe('RowShape.readList', () => {
  const shape = shapeOf('a', { name: 'b', dataTypeID: INT4, format: 'text' }, 'a')

  it('reads the values in the order of the columns, those of one name as well', () => {
    const body = dataRow('first', '-7', null)
    expect(shape.readList(body, 0, body.length)).toEqual(['first', -7, null])
  })

  it('reads what stands amid other bytes, and no more than that', () => {
    const body = dataRow('ä€😀', '12', '')
    const bytes = Buffer.concat([Buffer.from('99'), body, Buffer.from('99')])
    expect(shape.readList(bytes, 2, 2 + body.length)).toEqual(['ä€😀', 12, ''])
  })

  const whole = dataRow('x', '1', 'y')
  it.each([
    ['of fewer columns', dataRow('x', '1')],
    ['of more columns', dataRow('x', '1', 'y', 'z')],
    ['that ends before its count', whole.subarray(0, 1)],
    ['that ends in a length', whole.subarray(0, 4)],
    ['that ends in a value', whole.subarray(0, whole.length - 1)],
    ['that goes on behind its last value', Buffer.concat([whole, Buffer.from('z')])],
    ['of a length that is none', Buffer.from(whole).fill(0x80, 2, 6)],
    ['without a byte', Buffer.alloc(0)],
  ])('refuses a row %s', (_, body) => {
    // What follows belongs to another message, and must not be taken for more of this one; or nothing does.
    for (const bytes of [Buffer.concat([body, whole]), body])
      expect(() => shape.readList(bytes, 0, body.length)).toThrow(ProtocolError)
  })
})
