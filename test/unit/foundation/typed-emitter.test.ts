import { AsyncLocalStorage } from 'node:async_hooks'
import { describe, expect, it, vi } from 'vitest'
import { TypedEmitter } from '../../../src/foundation/typed-emitter.js'

interface Events {
  acquire: [waitedMillis: number, name: string]
  error: [reason: Error]
}

function build() {
  const onListenerError = vi.fn()
  return { events: new TypedEmitter<Events>(onListenerError), onListenerError }
}

describe('TypedEmitter.emit', () => {
  it('calls the listeners of the event in order, with its values', () => {
    const { events } = build()
    const calls: unknown[] = []
    events.on('acquire', (...values) => calls.push(['first', ...values]))
    events.on('acquire', (...values) => calls.push(['second', ...values]))
    events.on('error', () => calls.push('other'))
    events.emit('acquire', 5, 'x')
    expect(calls).toEqual([
      ['first', 5, 'x'],
      ['second', 5, 'x'],
    ])
  })

  // E9: an 'error' event without a listener ends the process with Node's own emitter.
  it('does nothing when nobody listens, also for error', () => {
    const { events } = build()
    expect(() => events.emit('error', new Error('x'))).not.toThrow()
  })

  it('goes on after a listener that throws or rejects, and reports both', async () => {
    const { events, onListenerError } = build()
    const thrown = new Error('thrown')
    const rejected = new Error('rejected')
    const last = vi.fn()
    events.on('error', () => {
      throw thrown
    })
    events.on('error', () => Promise.reject(rejected))
    events.on('error', last)
    events.emit('error', new Error('x'))
    expect(last).toHaveBeenCalledOnce()
    await vi.waitFor(() => expect(onListenerError).toHaveBeenCalledTimes(2))
    expect(onListenerError.mock.calls).toEqual([
      [thrown, 'error'],
      [rejected, 'error'],
    ])
  })

  it('is not disturbed by listeners that come and go meanwhile', () => {
    const { events } = build()
    const late = vi.fn()
    const stop = events.on('error', () => {
      stop()
      events.on('error', late)
    })
    const second = vi.fn()
    events.on('error', second)
    events.emit('error', new Error('1'))
    expect(second).toHaveBeenCalledOnce()
    expect(late).not.toHaveBeenCalled()
    events.emit('error', new Error('2'))
    expect(late).toHaveBeenCalledOnce()
  })

  // E15, I14: a socket speaks in the context of the request that opened it.
  it('runs a listener in the async context that registered it', () => {
    const { events } = build()
    const context = new AsyncLocalStorage<string>()
    let met: string | undefined
    context.run('registered', () => events.on('error', () => (met = context.getStore())))
    context.run('emitting', () => events.emit('error', new Error('x')))
    expect(met).toBe('registered')
  })
})

describe('TypedEmitter.on', () => {
  it('returns a function that removes one registration', () => {
    const { events } = build()
    const listener = vi.fn()
    const stop = events.on('error', listener)
    events.on('error', listener)
    expect(events.listenerCount('error')).toBe(2)
    stop()
    stop()
    expect(events.listenerCount('error')).toBe(1)
    events.emit('error', new Error('x'))
    expect(listener).toHaveBeenCalledOnce()
    expect(events.listenerCount('acquire')).toBe(0)
  })
})
