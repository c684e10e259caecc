import { inspect } from 'node:util'
import { describe, expect, it, vi } from 'vitest'
import { DatabaseError, InternalError } from '../../../src/errors/database-error.js'
import { UniqueViolationError, IntegrityError } from '../../../src/errors/integrity-error.js'
import { DisconnectedError, PoolTimeoutError } from '../../../src/errors/operational-error.js'
import { QueryError } from '../../../src/errors/query-error.js'
import {
  CommitRolledBackError,
  CommitUnknownError,
  SerializationFailureError,
} from '../../../src/errors/transaction-error.js'
import {
  ConfigurationError,
  PendingRollbackError,
  SessionClosedError,
} from '../../../src/errors/usage-error.js'

const closed = (extra: object = {}) =>
  new SessionClosedError({
    message: 'The session is closed.',
    state: 'closed',
    attempted: 'commit',
    ...extra,
  })
const unique = () =>
  new UniqueViolationError({
    message: 'Taken.',
    sqlState: '23505',
    severity: 'ERROR',
    detail: 'Key (email)=(ada@example.com) already exists.',
  })
const serialization = () =>
  new SerializationFailureError({ message: 'Conflict.', sqlState: '40001', severity: 'ERROR' })

describe('DatabaseError', () => {
  it('prints message, code and hint, in this order', () => {
    expect(closed({ hint: 'Make a new one.' }).message).toBe(
      'The session is closed. [SESSION_CLOSED] Make a new one.',
    )
    expect(closed().message).toBe('The session is closed. [SESSION_CLOSED]')
  })

  it('begins its stack with the name of the class', () => {
    const error = closed()
    expect(error.name).toBe('SessionClosedError')
    expect(error.stack).toMatch(
      /^SessionClosedError: The session is closed\. \[SESSION_CLOSED\]\n\s+at closed /,
    )
  })

  it('keeps the cause untouched, and has none when none is given', () => {
    const cause = { any: 'thing' }
    expect(closed({ cause }).cause).toBe(cause)
    expect('cause' in closed()).toBe(false)
  })

  it('freezes a copy of the context', () => {
    const context = { schema: 'public' }
    const error = closed({ context })
    expect(error.context).toEqual(context)
    expect(error.context).not.toBe(context)
    expect(Object.isFrozen(error.context)).toBe(true)
    expect(closed().context).toEqual({})
  })

  it('carries the fields of its class', () => {
    expect(closed()).toMatchObject({
      state: 'closed',
      attempted: 'commit',
      code: 'SESSION_CLOSED',
      suppressed: [],
    })
  })

  it('does not share suppressed failures between errors', () => {
    const error = closed()
    error.suppressed.push(new Error('release failed'))
    expect(closed().suppressed).toEqual([])
  })
})

describe('DatabaseError.is', () => {
  it('recognises the class it is called on and those below it', () => {
    expect(DatabaseError.is(unique())).toBe(true)
    expect(QueryError.is(unique())).toBe(true)
    expect(IntegrityError.is(unique())).toBe(true)
    expect(UniqueViolationError.is(unique())).toBe(true)
    expect(ConfigurationError.is(unique())).toBe(false)
    expect(
      UniqueViolationError.is(new IntegrityError({ message: '', sqlState: '23000', severity: '' })),
    ).toBe(false)
  })

  it('recognises the errors of another copy of the package', async () => {
    vi.resetModules()
    const copy = await import('../../../src/errors/usage-error.js')
    const error = new copy.ConfigurationError({ message: 'Unknown key.' })
    expect(error).not.toBeInstanceOf(DatabaseError)
    expect(DatabaseError.is(error)).toBe(true)
    expect(ConfigurationError.is(error)).toBe(true)
    expect(SessionClosedError.is(error)).toBe(false)
  })

  it('answers false for everything else, and never throws', () => {
    for (const value of [
      undefined,
      null,
      0,
      '',
      'x',
      {},
      Object.create(null),
      new Error('x'),
      () => undefined,
    ]) {
      expect(DatabaseError.is(value)).toBe(false)
    }
    const forged = Object.assign(Object.create(null) as object, {
      [Symbol.for('async-database.DatabaseError')]: true,
    })
    expect(DatabaseError.is(forged)).toBe(false)
    expect(DatabaseError.is(Object.create(forged))).toBe(false)
  })
})

describe('InternalError', () => {
  it('begins with BUG: and asks for a report', () => {
    const error = new InternalError({ message: 'a lease without an owner.' })
    expect(error.message).toMatch(/^BUG: a lease without an owner\. \[INTERNAL_ERROR\] Please report/)
  })
})

describe('DatabaseError.isRetryable', () => {
  it('is false unless the class says so', () => {
    expect(closed().isRetryable).toBe(false)
    expect(unique().isRetryable).toBe(false)
    expect(serialization().isRetryable).toBe(true)
  })

  it('follows what is proved about a lost connection or commit', () => {
    const message = 'Lost.'
    expect(new DisconnectedError({ message }).isRetryable).toBe(false)
    expect(new DisconnectedError({ message, isRetryable: true }).isRetryable).toBe(true)
    const retryable = (['committed', 'aborted', 'unknown'] as const).map(
      (outcome) => new CommitUnknownError({ message, outcome }).isRetryable,
    )
    expect(retryable).toEqual([false, true, false])
  })

  it('follows the cause where the error only stands for an earlier one', () => {
    const message = 'Rolled back.'
    const state = { state: 'aborted', attempted: 'query' }
    expect(new CommitRolledBackError({ message, cause: serialization() }).isRetryable).toBe(true)
    expect(new CommitRolledBackError({ message, cause: unique() }).isRetryable).toBe(false)
    expect(new CommitRolledBackError({ message }).isRetryable).toBe(false)
    expect(new PendingRollbackError({ message, ...state, cause: serialization() }).isRetryable).toBe(true)
    expect(new PendingRollbackError({ message, ...state }).isRetryable).toBe(false)
  })
})

describe('PoolTimeoutError', () => {
  it('keeps a snapshot of the figures', () => {
    const stats = { inUse: 2, idle: 0, pending: 0, waiting: 3, max: 2 }
    const error = new PoolTimeoutError({ message: 'No connection.', waitedMillis: 5, stats })
    stats.waiting = 0
    expect(error).toMatchObject({ waitedMillis: 5, stats: { waiting: 3 } })
  })
})

describe('QueryError.detail', () => {
  it('can be read, but is not printed, because it may hold row values (S7, S8)', () => {
    const error = unique()
    expect(error.detail).toContain('ada@example.com')
    expect(error.columns).toEqual(['email'])
    for (const printed of [
      inspect(error),
      JSON.stringify(error),
      String(error),
      JSON.stringify(Object.assign({}, error)),
    ]) {
      expect(printed).not.toContain('ada@')
    }
  })
})
