import { describe, expect, it } from 'vitest'
import { UsageError } from '../../../src/errors/usage-error.js'
import { statement } from '../../../src/postgres/statement.js'

describe('statement', () => {
  // E10: pg sends the count modulo 65,536, and the server answers that it got none.
  it('takes 65,535 parameters and refuses one more', () => {
    expect(statement('select 1', new Array(65_535).fill(1)).values).toHaveLength(65_535)
    expect(() => statement('select 1', new Array(65_536).fill(1))).toThrow(UsageError)
    expect(() => statement('select 1', new Array(65_536).fill(1))).toThrow(/65536 parameters.*65535/)
  })

  it('refuses a text with a NUL character, where the server would cut it', () => {
    expect(() => statement('select 1\u0000; delete from account', [])).toThrow(UsageError)
  })

  it('names the parameter that it refuses by its number in the text', () => {
    expect(() => statement('select $1, $2, $3', [1, 2, undefined])).toThrow(/\$3/)
  })

  it('converts at once, so that what is sent later is what the caller passed', () => {
    const list = ['a']
    const object = { name: 'a' }
    const date = new Date(0)
    const made = statement('select $1, $2, $3', [list, object, date])
    const before = [...made.values]
    list.push('b')
    object.name = 'b'
    date.setTime(1e12)
    expect(made.values).toEqual(before)
  })
})
