import { describe, expect, it } from 'vitest'
import { TransactionEnd } from '../../../src/session/transaction-end.js'

describe('TransactionEnd.where', () => {
  it('names the function and the line that ended the session', () => {
    const end = (function theCaller() {
      return new TransactionEnd('closed')
    })()
    expect(end.where).toMatch(/^at theCaller \(.*transaction-end\.test\.ts:\d+:\d+\)$/)
  })

  it('passes over the frames of this package and of Kysely', () => {
    const end = endedFrom([
      '    at Session.close (file:///work/app/node_modules/async-database/dist/index.js:10:1)',
      '    at Session.close (/work/main/src/session/session.ts:150:3)',
      '    at RuntimeDriver.commitTransaction (file:///work/app/node_modules/kysely/dist/esm/driver/runtime-driver.js:63:29)',
      '    at process.processTicksAndRejections (node:internal/process/task_queues:95:5)',
      '    at async save (/work/app/songs.ts:12:5)',
    ])
    expect(end.where).toBe('at async save (/work/app/songs.ts:12:5)')
  })

  it('is undefined when nobody is left on the stack', () => {
    expect(endedFrom(['    at Timeout._onTimeout (node:internal/timers:581:17)']).where).toBeUndefined()
    expect(endedFrom([]).where).toBeUndefined()
  })

  it('keeps how it ended', () => {
    expect([new TransactionEnd('closed').how, new TransactionEnd('aborted').how]).toEqual([
      'closed',
      'aborted',
    ])
  })
})

/** An end whose stack has these lines. */
function endedFrom(frames: readonly string[]): TransactionEnd {
  const original = Error.prepareStackTrace
  Error.prepareStackTrace = () => ['Error', ...frames].join('\n')
  try {
    const end = new TransactionEnd('closed')
    // V8 formats a stack when it is read for the first time.
    expect(end.where).toBe(end.where)
    return end
  } finally {
    Error.prepareStackTrace = original
  }
}
