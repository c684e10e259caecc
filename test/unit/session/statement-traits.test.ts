import { describe, expect, it } from 'vitest'
import { StatementTraits } from '../../../src/session/statement-traits.js'

describe('StatementTraits', () => {
  it.each([
    ['select * from person', { isTransactionControl: false, mayWrite: false, mayChangeTimeout: false }],
    ['update person set name = $1', { isTransactionControl: false, mayWrite: true, mayChangeTimeout: false }],
    ['/* end */ commit', { isTransactionControl: true, mayWrite: true, mayChangeTimeout: false }],
    [
      'SET LOCAL Statement_Timeout = 5',
      { isTransactionControl: false, mayWrite: false, mayChangeTimeout: true },
    ],
    [
      `select set_config($1, $2, true)`,
      { isTransactionControl: false, mayWrite: false, mayChangeTimeout: true },
    ],
  ])('tells of %s, the first time and the next', (text, expected) => {
    for (let time = 0; time < 2; time++) {
      const { isTransactionControl, mayWrite, mayChangeTimeout } = StatementTraits.of(text)
      expect({ isTransactionControl, mayWrite, mayChangeTimeout }).toEqual(expected)
    }
  })

  it('remembers a text, but not a bulk statement that would fill the memory', () => {
    expect(StatementTraits.of('select 17')).toBe(StatementTraits.of('select 17'))
    const bulk = `insert into t values ${'(1),'.repeat(2_000)}(1)`
    expect(StatementTraits.of(bulk)).not.toBe(StatementTraits.of(bulk))
    expect(StatementTraits.of(bulk).mayWrite).toBe(true)
  })

  it('still answers rightly after more texts than it remembers', () => {
    for (let number = 0; number < 2_500; number++) {
      expect(StatementTraits.of(`select ${number}`).mayWrite).toBe(false)
      expect(StatementTraits.of(`delete from t where id = ${number}`).mayWrite).toBe(true)
    }
  })
})
