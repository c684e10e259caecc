import { describe, expect, it } from 'vitest'
import { whoLeft } from '../../../src/engine/who-left.js'

const setting = (name: string) => [{ kind: 'setting', name }]

describe('whoLeft', () => {
  it('names the statement that names what was left, in any case of letters', () => {
    const texts = ['begin', 'select f()', 'select g(); -- changes WORK_MEM', 'commit']
    expect(whoLeft(setting('work_mem'), texts)).toEqual(['select g(); -- changes WORK_MEM'])
  })

  it('names those that call functions where none of them says it', () => {
    const texts = ['begin', 'select one from two', 'select f()', 'call p()', 'do $$ begin end $$', 'commit']
    expect(whoLeft(setting('work_mem'), texts)).toEqual(['select f()', 'call p()', 'do $$ begin end $$'])
  })

  it('names all where none of them calls anything: a trigger may have done it', () => {
    const texts = ['begin', 'update song set name = $1', 'commit']
    expect(whoLeft([{ kind: 'advisory lock', name: '' }], texts)).toEqual(['update song set name = $1'])
  })

  it('names a statement once that ran often', () => {
    expect(whoLeft(setting('work_mem'), ['select f()', 'select f()'])).toEqual(['select f()'])
  })
})
