import { describe, expect, it } from 'vitest'
import { ConfigurationError } from '../../../src/errors/usage-error.js'
import { beginStatement, type TransactionOptions } from '../../../src/session/transaction-options.js'

describe('beginStatement', () => {
  it.each([
    [{}, 'begin'],
    [{ isolationLevel: undefined, readOnly: undefined, deferrable: undefined }, 'begin'],
    [{ isolationLevel: 'read uncommitted' }, 'begin isolation level read uncommitted'],
    [{ isolationLevel: 'read committed' }, 'begin isolation level read committed'],
    [{ isolationLevel: 'repeatable read' }, 'begin isolation level repeatable read'],
    [{ isolationLevel: 'serializable' }, 'begin isolation level serializable'],
    [{ readOnly: true }, 'begin read only'],
    [{ readOnly: false }, 'begin read write'],
    [{ deferrable: true }, 'begin deferrable'],
    [{ deferrable: false }, 'begin not deferrable'],
    [
      { isolationLevel: 'serializable', readOnly: true, deferrable: true },
      'begin isolation level serializable, read only, deferrable',
    ],
  ] satisfies [TransactionOptions, string][])('turns %j into %j', (options, text) => {
    expect(beginStatement(options)).toMatchObject({ text, values: [] })
  })

  it.each(['', 'snapshot', 'SERIALIZABLE', 'serializable; drop table person', 3, null, ['serializable']])(
    'refuses the isolation level %j, naming it and the ones there are',
    (isolationLevel) => {
      const begin = () => beginStatement({ isolationLevel } as unknown as TransactionOptions)
      expect(begin).toThrow(ConfigurationError)
      expect(begin).toThrow(/isolationLevel.*repeatable read/s)
    },
  )
})
