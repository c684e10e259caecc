import { describe, expect, it } from 'vitest'
import { DatabaseError } from '../../../src/errors/database-error.js'
import { statementResult } from '../../../src/postgres/statement-result.js'
import { WriteCount } from '../../../src/session/write-count.js'

function countOf(...tags: readonly string[]): number {
  const count = new WriteCount()
  count.add(tags.map((tag) => statementResult(tag, [])))
  return count.value
}

describe('WriteCount.add', () => {
  it.each([
    'INSERT 0 1',
    'UPDATE 0',
    'DELETE 3',
    'MERGE 1',
    'CREATE TABLE',
    'DROP TABLE',
    'TRUNCATE TABLE',
    'COPY 5',
    'CALL',
    'DO',
  ])('counts %s', (tag) => {
    expect(countOf(tag)).toBe(1)
  })

  it.each([
    'SELECT 1',
    'BEGIN',
    'SET',
    'SHOW',
    'SAVEPOINT',
    'RELEASE',
    'ROLLBACK',
    'DECLARE CURSOR',
    'FETCH 5',
    'CLOSE CURSOR',
    'EXPLAIN',
  ])('does not count %s', (tag) => {
    expect(countOf(tag)).toBe(0)
  })

  it('counts statements, not rows, and not those whose rows could not be read', () => {
    const count = new WriteCount()
    count.add([statementResult('INSERT 0 50', []), new DatabaseError({ message: 'unreadable' })])
    count.add([statementResult('SELECT 9', []), statementResult('UPDATE 7', [])])
    expect(count.value).toBe(2)
  })
})

describe('WriteCount.returnTo', () => {
  it('forgets what was counted since the savepoint, and nothing for one that nobody marked', () => {
    const count = new WriteCount()
    const write = () => count.add([statementResult('INSERT 0 1', [])])
    write()
    count.mark('outer')
    write()
    count.mark('inner')
    write()
    count.returnTo('inner')
    expect(count.value).toBe(2)
    count.returnTo('unknown')
    expect(count.value).toBe(2)
    count.returnTo('outer')
    expect(count.value).toBe(1)
    count.reset()
    expect(count.value).toBe(0)
  })
})
