import { inspect } from 'node:util'
import { describe, expect, it } from 'vitest'
import { UniqueViolationError } from '../../../src/errors/integrity-error.js'
import { QueryError } from '../../../src/errors/query-error.js'
import { SQL_STATE_CONDITIONS } from '../../../src/errors/sql-state-conditions.js'
import { errorFromServer, type ServerErrorFields } from '../../../src/errors/sql-state.js'
import { DeadlockDetectedError } from '../../../src/errors/transaction-error.js'

const answer = (code: string, fields: Partial<ServerErrorFields> = {}) =>
  errorFromServer({ code, severity: 'ERROR', message: 'the words of the server', ...fields }, undefined)

describe('errorFromServer', () => {
  it.each([
    ['23505', 'UniqueViolationError'],
    ['23503', 'ForeignKeyViolationError'],
    // PostgreSQL 18 reports RESTRICT this way; before, it was 23503.
    ['23001', 'ForeignKeyViolationError'],
    ['23502', 'NotNullViolationError'],
    ['23514', 'CheckViolationError'],
    ['23P01', 'ExclusionViolationError'],
    ['23000', 'IntegrityError'],
    ['23ZZZ', 'IntegrityError'],
    ['22P02', 'DataError'],
    ['22ZZZ', 'DataError'],
    ['42601', 'ProgrammingError'],
    ['42ZZZ', 'ProgrammingError'],
    ['0A000', 'ProgrammingError'],
    ['3F000', 'ProgrammingError'],
    ['42501', 'InsufficientPrivilegeError'],
    ['57014', 'QueryCanceledError'],
    ['55P03', 'LockNotAvailableError'],
    ['40001', 'SerializationFailureError'],
    ['40P01', 'DeadlockDetectedError'],
    ['40ZZZ', 'TransactionError'],
    ['57P01', 'DisconnectedError'],
    ['57P02', 'DisconnectedError'],
    ['57P04', 'DisconnectedError'],
    ['57P05', 'DisconnectedError'],
    ['25P03', 'DisconnectedError'],
    ['25P04', 'DisconnectedError'],
    ['08006', 'DisconnectedError'],
    ['08P01', 'DisconnectedError'],
    ['08001', 'ConnectionFailedError'],
    ['57P03', 'ConnectionFailedError'],
    ['28P01', 'ConnectionFailedError'],
    ['3D000', 'ConnectionFailedError'],
    ['53300', 'ConnectionFailedError'],
    ['53100', 'OperationalError'],
    ['58030', 'OperationalError'],
    ['25P02', 'QueryError'],
    ['57000', 'QueryError'],
    ['P0001', 'QueryError'],
    ['XX000', 'QueryError'],
    ['ZZZZZ', 'QueryError'],
    ['', 'QueryError'],
    ['constructor', 'QueryError'],
    ['__proto__', 'QueryError'],
  ])('turns %s into %s', (code, name) => {
    expect(answer(code)).toMatchObject({ name, sqlState: code })
  })

  it('names the SQLSTATE, its condition and the place', () => {
    const error = answer('23505', { schema: 'shop', table: 'person', constraint: 'person_email_key' })
    expect(error.message).toMatch(
      /^PostgreSQL answered 23505 \(unique_violation\) for constraint person_email_key of shop\.person\. \[UNIQUE_/,
    )
    expect(answer('23502', { table: 't', column: 'c' }).message).toContain(
      '(not_null_violation) for column c of t.',
    )
    expect(answer('ZZZZZ').message).toContain('answered ZZZZZ. [QUERY_ERROR]')
  })

  it('copies the fields of the server', () => {
    const fields = { severity: 'FEHLER', schema: 's', table: 't', column: 'c', constraint: 'k', detail: 'd' }
    for (const code of ['42P01', '40P01']) {
      const error = answer(code, { ...fields, position: '15' })
      expect(error).toMatchObject({ ...fields, position: 15 })
    }
    expect(Object.keys(answer('42P01'))).not.toContain('position')
  })

  it('keeps the cause untouched', () => {
    const cause = Object.freeze(new Error('original'))
    expect(errorFromServer({ code: '22P02', severity: 'ERROR', message: '' }, cause).cause).toBe(cause)
  })

  it.each(['22P02', '22001', '23505', '23514', 'P0001', 'XX000', '38000', 'ZZZZZ'])(
    'shows nothing of what may be a row value for %s',
    (code) => {
      const secret = '4111-1111'
      const error = answer(code, { message: secret, detail: secret, hint: secret, where: secret })
      const printed = inspect(error) + JSON.stringify(error) + String(error.stack)
      expect(printed).not.toContain(secret)
    },
  )

  it('shows the words and the hint of the server where they hold only names', () => {
    const error = answer('42703', {
      message: 'column "nmae" does not exist',
      hint: 'Perhaps you meant to reference the column "person.name".',
    })
    expect(error.message).toContain(
      '(undefined_column): column "nmae" does not exist. [PROGRAMMING_ERROR] Perhaps',
    )
    expect(answer('42601').hint).toBe('Fix the statement, or bring the schema up to date.')
  })

  it('reads the columns of a unique violation from its detail', () => {
    const error = answer('23505', { detail: 'Key (tenant, email)=(1, a@b.c) already exists.' })
    expect(UniqueViolationError.is(error) && error.columns).toEqual(['tenant', 'email'])
  })

  it('says which errors may be run again', () => {
    const retryable = ['40001', '40P01', '23505', '57P01', '40003', '55P03'].filter(
      (code) => answer(code).isRetryable,
    )
    expect(retryable).toEqual(['40001', '40P01'])
    expect(QueryError.is(answer('40P01'))).toBe(false)
    expect(DeadlockDetectedError.is(answer('40P01'))).toBe(true)
  })
})

describe('SQL_STATE_CONDITIONS', () => {
  it('pairs five characters with one name each', () => {
    expect(SQL_STATE_CONDITIONS.size).toBeGreaterThan(150)
    for (const [state, condition] of SQL_STATE_CONDITIONS) {
      expect(state).toMatch(/^[0-9A-Z]{5}$/)
      expect(condition).toMatch(/^[a-z_]+$/)
    }
    expect(new Set(SQL_STATE_CONDITIONS.values()).size).toBe(SQL_STATE_CONDITIONS.size)
  })
})
