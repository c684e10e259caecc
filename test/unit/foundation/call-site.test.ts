import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { describe, expect, it } from 'vitest'
import { CallSite } from '../../../src/foundation/call-site.js'

const own = resolve(import.meta.dirname, '../../../src')

describe('CallSite.where', () => {
  it('names the function and the line that called', () => {
    const site = (function theCaller() {
      return new CallSite()
    })()
    expect(site.where).toMatch(/^at theCaller \(.*call-site\.test\.ts:\d+:\d+\)$/)
  })

  it('finds a caller behind more frames than V8 keeps by default', () => {
    const below = (depth: number): CallSite => (depth === 0 ? new CallSite() : below(depth - 1))
    const { stackTraceLimit } = Error
    expect(below(25).callers.length).toBeGreaterThan(25)
    expect(Error.stackTraceLimit).toBe(stackTraceLimit)
  })

  it.each([
    ['of this package, wherever in it', `    at Deferred.settle (${own}/foundation/deferred.ts:12:5)`],
    ['of this package, loaded by URL', `    at async run (${pathToFileURL(own).href}/engine/engine.ts:12:5)`],
    ['of this package, without a name', `    at ${own}/unit-of-work/flush.ts:12:5`],
    ['of another package', '    at Runtime.go (file:///app/node_modules/kysely/dist/esm/driver.js:63:29)'],
    ['of Node', '    at process.processTicksAndRejections (node:internal/process/task_queues:95:5)'],
    ['of Node, without a name', '    at node:internal/main/run_main_module:36:49'],
    ['of a list of promises', '    at async Promise.all (index 0)'],
    ['without a place', '    at new Promise (<anonymous>)'],
  ])('passes over a frame %s', (_, frame) => {
    expect(siteOf([frame, '    at async save (/app/songs.ts:12:5)']).where).toBe(
      'at async save (/app/songs.ts:12:5)',
    )
  })

  it.each([
    '    at save (/app/src/session/songs.ts:12:5)',
    '    at /app/engine/songs.ts:12:5',
    '    at async file:///app/songs.js:12:5',
    '    at Songs.save [as run] (C:\\app\\songs.ts:12:5)',
    '    at save (/app/with (brackets)/songs.ts:12:5)',
  ])('keeps %s', (frame) => {
    expect(siteOf([frame]).where).toBe(frame.trim())
  })

  it('is undefined when nobody is left on the stack', () => {
    expect(siteOf(['    at Timeout._onTimeout (node:internal/timers:581:17)']).where).toBeUndefined()
    expect(siteOf([]).where).toBeUndefined()
  })
})

/** A place whose stack has these lines. */
function siteOf(frames: readonly string[]): CallSite {
  const original = Error.prepareStackTrace
  Error.prepareStackTrace = () => ['Error', ...frames].join('\n')
  try {
    const site = new CallSite()
    // V8 formats a stack when it is read for the first time.
    expect(site.stack).toBeDefined()
    return site
  } finally {
    Error.prepareStackTrace = original
  }
}
