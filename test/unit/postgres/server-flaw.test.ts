import { describe, expect, it } from 'vitest'
import { serverFlaw } from '../../../src/postgres/server-flaw.js'

const parameters = (standby: string, readOnly: string) =>
  new Map([
    ['in_hot_standby', standby],
    ['default_transaction_read_only', readOnly],
  ])
const PRIMARY = parameters('off', 'off')
const READ_ONLY_PRIMARY = parameters('off', 'on')
const STANDBY = parameters('on', 'off')

describe('serverFlaw', () => {
  it.each([
    ['any', [undefined, undefined, undefined]],
    ['read-write', [undefined, 'is read-only (default_transaction_read_only)', 'is a standby']],
    ['read-only', ['takes writes', undefined, undefined]],
    ['primary', [undefined, undefined, 'is a standby']],
    ['standby', ['is not a standby', 'is not a standby', undefined]],
  ] as const)('judges a primary, a read-only primary and a standby for %s', (target, expected) => {
    expect([PRIMARY, READ_ONLY_PRIMARY, STANDBY].map((met) => serverFlaw(met, target))).toEqual(expected)
  })

  it('takes no server at its word that says nothing', () => {
    expect(serverFlaw(new Map(), 'primary')).toContain('does not say whether it is a standby')
    expect(serverFlaw(new Map(), 'any')).toBeUndefined()
  })
})
