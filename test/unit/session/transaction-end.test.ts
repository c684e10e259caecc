import { describe, expect, it } from 'vitest'
import { TransactionEnd } from '../../../src/session/transaction-end.js'

describe('TransactionEnd', () => {
  it('names the function and the line that ended the session', () => {
    const end = (function theCaller() {
      return new TransactionEnd('closed')
    })()
    expect(end.where).toMatch(/^at theCaller \(.*transaction-end\.test\.ts:\d+:\d+\)$/)
  })

  it('keeps how it ended', () => {
    expect([new TransactionEnd('closed').how, new TransactionEnd('aborted').how]).toEqual([
      'closed',
      'aborted',
    ])
  })
})
