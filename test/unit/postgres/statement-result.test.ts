import { describe, expect, it } from 'vitest'
import { statementResult } from '../../../src/postgres/statement-result.js'

/** Tags that count rows: the manual's list for CommandComplete. */
const COUNTED: readonly [tag: string, command: string, rowCount: number][] = [
  ['INSERT 0 5', 'INSERT', 5],
  ['INSERT 0 0', 'INSERT', 0],
  // Servers before 12 gave the row's OID in the middle.
  ['INSERT 16401 1', 'INSERT', 1],
  ['DELETE 3', 'DELETE', 3],
  ['UPDATE 0', 'UPDATE', 0],
  ['UPDATE 4294967296', 'UPDATE', 4_294_967_296],
  ['MERGE 7', 'MERGE', 7],
  ['SELECT 12', 'SELECT', 12],
  ['MOVE 2', 'MOVE', 2],
  ['FETCH 100', 'FETCH', 100],
  ['COPY 20', 'COPY', 20],
]

/** Tags without a count (PostgreSQL's cmdtaglist.h), and the word that they begin with. */
const UNCOUNTED: readonly [tag: string, command: string][] = [
  ['BEGIN', 'BEGIN'],
  ['START TRANSACTION', 'START'],
  ['COMMIT', 'COMMIT'],
  ['COMMIT PREPARED', 'COMMIT'],
  ['ROLLBACK', 'ROLLBACK'],
  ['ROLLBACK PREPARED', 'ROLLBACK'],
  ['SAVEPOINT', 'SAVEPOINT'],
  ['RELEASE', 'RELEASE'],
  ['PREPARE TRANSACTION', 'PREPARE'],
  ['SET', 'SET'],
  ['SET CONSTRAINTS', 'SET'],
  ['RESET', 'RESET'],
  ['SHOW', 'SHOW'],
  ['LISTEN', 'LISTEN'],
  ['UNLISTEN', 'UNLISTEN'],
  ['NOTIFY', 'NOTIFY'],
  ['LOCK TABLE', 'LOCK'],
  ['DISCARD ALL', 'DISCARD'],
  ['DEALLOCATE ALL', 'DEALLOCATE'],
  ['DECLARE CURSOR', 'DECLARE'],
  ['CLOSE CURSOR', 'CLOSE'],
  ['CREATE TABLE', 'CREATE'],
  ['CREATE TABLE AS', 'CREATE'],
  ['CREATE MATERIALIZED VIEW', 'CREATE'],
  ['REFRESH MATERIALIZED VIEW', 'REFRESH'],
  ['ALTER TABLE', 'ALTER'],
  ['DROP SCHEMA', 'DROP'],
  ['TRUNCATE TABLE', 'TRUNCATE'],
  ['GRANT ROLE', 'GRANT'],
  ['EXPLAIN', 'EXPLAIN'],
  ['DO', 'DO'],
  ['CALL', 'CALL'],
  ['VACUUM', 'VACUUM'],
  ['CHECKPOINT', 'CHECKPOINT'],
]

describe('statementResult', () => {
  it.each(COUNTED)('reads %s', (tag, command, rowCount) => {
    expect(statementResult(tag, [])).toMatchObject({ command, rowCount })
  })

  it.each(UNCOUNTED)('reads %s, which counts nothing', (tag, command) => {
    expect(statementResult(tag, [])).toEqual({ command, rowCount: null, rows: [] })
  })

  it('tells Kysely the number of rows that were changed, as a bigint, and only where rows can change', () => {
    const affected = (tag: string): bigint | undefined => statementResult(tag, []).numAffectedRows
    expect(['INSERT 0 5', 'UPDATE 4', 'DELETE 3', 'MERGE 2'].map(affected)).toEqual([5n, 4n, 3n, 2n])
    expect(['SELECT 5', 'COPY 5', 'CREATE TABLE'].map(affected)).toEqual([undefined, undefined, undefined])
  })

  it('hands the rows on', () => {
    const rows = [{ id: 1 }]
    expect(statementResult('SELECT 1', rows).rows).toBe(rows)
  })

  it('reads the missing tag of an empty statement', () => {
    expect(statementResult('', [])).toEqual({ command: '', rowCount: null, rows: [] })
  })
})
