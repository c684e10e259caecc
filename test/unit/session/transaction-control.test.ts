import { describe, expect, it } from 'vitest'
import { isTransactionControl } from '../../../src/session/transaction-control.js'

describe('isTransactionControl', () => {
  it.each([
    'begin',
    'BEGIN',
    'Begin Isolation Level Serializable',
    'start transaction',
    'START\n\tTRANSACTION read only',
    'commit',
    'commit work',
    'commit and chain',
    "commit prepared 'x'",
    'end',
    'end transaction',
    'abort',
    'rollback',
    'rollback work',
    'rollback and chain',
    "rollback prepared 'x'",
    "prepare transaction 'x'",
    '  \n\tcommit',
    ';commit',
    ' ; ; rollback',
    '-- a comment\ncommit',
    '--\n--\ncommit',
    '-- a comment\rcommit',
    '/* a comment */ commit',
    '/**/commit',
    '/* one *//* two */ -- three\n commit',
    '/* a /* b */ c */ commit',
    '/* -- */ commit',
    '\fcommit',
    '\vcommit',
  ])('knows %j', (text) => {
    expect(isTransactionControl(text)).toBe(true)
  })

  it.each([
    'select 1',
    'savepoint s',
    'release savepoint s',
    'rollback to s',
    'ROLLBACK TO SAVEPOINT s',
    'rollback work to savepoint s',
    'rollback transaction to s',
    'rollback\nto\ns',
    'prepare q as select 1',
    "select 'commit'",
    'select 1 -- ; commit',
    '-- commit',
    '/* commit */ select 1',
    '/* a /* commit */ b */ select 1',
    'beginning',
    'committed()',
    'select * from "end"',
    'set transaction read only',
    'set local role x',
    'do $$ begin perform 1; end $$',
    'call commit_things()',
    'create function f() returns void begin atomic end',
    'update person set name = $1 where "commit" = 1',
    'ended',
    '',
    ';',
  ])('lets %j through', (text) => {
    expect(isTransactionControl(text)).toBe(false)
  })

  it('answers at once, however long and odd the text is', () => {
    const millis = (text: string): number => {
      const startedAt = performance.now()
      expect(isTransactionControl(text)).toBe(false)
      return performance.now() - startedAt
    }
    // First a length that ends in time even if it takes 2ⁿ steps.
    expect(millis(`${'/* x */ '.repeat(24)}select 1`)).toBeLessThan(50)
    const texts = [
      ' '.repeat(1_000_000),
      '/*'.repeat(200_000),
      '-- '.repeat(300_000),
      `${'/* x */ '.repeat(100_000)}select 1`,
      `${'-- x\n'.repeat(100_000)}select 1`,
      `${';'.repeat(1_000_000)}x`,
    ]
    for (const text of texts) expect(millis(text)).toBeLessThan(5_000)
  })
})
