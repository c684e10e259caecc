import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { ReconnectPace } from '../../../src/engine/reconnect-pace.js'
import { ConnectionFailedError } from '../../../src/errors/operational-error.js'

const refused = new ConnectionFailedError({ message: 'ECONNREFUSED' })
const full = new ConnectionFailedError({ message: 'too many clients', sqlState: '53300' })

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

/** When it tries, within a minute in which each attempt fails at once. */
function attemptsWithin(millis: number, error: ConnectionFailedError): number[] {
  const startedAt = performance.now()
  const attempts: number[] = []
  const pace = new ReconnectPace(() => {
    if (!pace.mayOpen) return
    attempts.push(performance.now() - startedAt)
    pace.began()()
    pace.failed(error)
  })
  pace.failed(error)
  vi.advanceTimersByTime(millis)
  pace.stop()
  return attempts
}

describe('ReconnectPace', () => {
  it('lets any number of connections be opened while that works', () => {
    const pace = new ReconnectPace(vi.fn())
    for (let count = 0; count < 15; count++) {
      expect(pace.mayOpen).toBe(true)
      pace.began()
    }
    expect(pace.trouble).toBeUndefined()
  })

  it('allows nothing during a pause, then one attempt at a time, and says when', () => {
    const onTryAgain = vi.fn()
    const pace = new ReconnectPace(onTryAgain)
    pace.failed(refused)
    expect(pace.mayOpen).toBe(false)
    expect(pace.trouble).toBe(refused)
    vi.advanceTimersByTime(300)
    expect(onTryAgain).toHaveBeenCalledOnce()
    expect(pace.mayOpen).toBe(true)
    const ended = pace.began()
    expect(pace.mayOpen).toBe(false)
    ended()
    expect(pace.mayOpen).toBe(true)
  })

  // P1: a server that accepts and then says nothing must not keep the pool from one that is well again.
  it('allows another attempt beside one that takes long', () => {
    const onTryAgain = vi.fn()
    const pace = new ReconnectPace(onTryAgain)
    pace.failed(refused)
    vi.advanceTimersByTime(1_000)
    pace.began()
    expect(pace.mayOpen).toBe(false)
    onTryAgain.mockClear()
    vi.advanceTimersByTime(1_000)
    expect(onTryAgain).toHaveBeenCalledOnce()
    expect(pace.mayOpen).toBe(true)
    pace.began()
    expect(pace.mayOpen).toBe(false)
    pace.stop()
    expect(vi.getTimerCount()).toBe(0)
  })

  it('waits for attempts that began just before the first failure', () => {
    const pace = new ReconnectPace(vi.fn())
    const ended = pace.began()
    pace.failed(refused)
    vi.advanceTimersByTime(300)
    expect(pace.mayOpen).toBe(false)
    ended()
    expect(pace.mayOpen).toBe(true)
  })

  // I-RECOVER: a connection that fell silent while it was opened, minutes ago, says nothing about the server now.
  it('does not wait for an attempt that has hung since before the trouble', () => {
    const onTryAgain = vi.fn()
    const pace = new ReconnectPace(onTryAgain)
    pace.began()
    vi.advanceTimersByTime(1_000)
    pace.failed(refused)
    vi.advanceTimersByTime(200)
    expect(onTryAgain).toHaveBeenCalled()
    expect(pace.mayOpen).toBe(true)
  })

  // I-RECOVER: the first success comes less than half a second after the server is back, and no storm is made of it.
  it('pauses for a tenth to a fifth of a second in the end, for as long as it takes', () => {
    const attempts = attemptsWithin(60_000, refused)
    const pauses = attempts.slice(1).map((at, index) => at - attempts[index]!)
    expect(Math.max(...pauses)).toBeLessThanOrEqual(201)
    expect(Math.min(...pauses.slice(2))).toBeGreaterThanOrEqual(99)
    expect(attempts.at(-1)).toBeGreaterThan(59_000)
  })

  it('tries soon after the first failures', () => {
    expect(attemptsWithin(200, refused).length).toBeGreaterThanOrEqual(2)
  })

  it('gives a server that is full more time: each attempt costs it a process', () => {
    const attempts = attemptsWithin(60_000, full)
    const pauses = attempts.slice(4).map((at, index) => at - attempts[index + 3]!)
    expect(Math.max(...pauses)).toBeLessThanOrEqual(501)
    expect(Math.min(...pauses.slice(2))).toBeGreaterThanOrEqual(249)
  })

  // A server that has just come back needs its processors for those who have a connection already.
  it('opens a few at a time after the first success, more after each, and any number a second later', () => {
    const pace = new ReconnectPace(vi.fn())
    const attempts: (() => void)[] = []
    const open = (): number => {
      const before = attempts.length
      while (pace.mayOpen && attempts.length < 100) attempts.push(pace.began())
      return attempts.length - before
    }
    const succeed = (): void => {
      attempts.shift()?.()
      pace.succeeded()
    }
    pace.failed(refused)
    vi.advanceTimersByTime(300)
    expect(open()).toBe(1)
    succeed()
    expect(pace.trouble).toBeUndefined()
    expect(open()).toBe(4)
    succeed()
    expect(open()).toBe(4)
    vi.advanceTimersByTime(1_100)
    expect(open()).toBe(100 - 7)
  })

  it('tries on beside attempts that hang after the first success', () => {
    const onTryAgain = vi.fn()
    const pace = new ReconnectPace(onTryAgain)
    pace.failed(refused)
    vi.advanceTimersByTime(300)
    pace.began()()
    pace.succeeded()
    while (pace.mayOpen) pace.began()
    onTryAgain.mockClear()
    vi.advanceTimersByTime(501)
    expect(onTryAgain).toHaveBeenCalled()
    expect(pace.mayOpen).toBe(true)
  })

  it('leaves no timer behind when it is stopped', () => {
    const onTryAgain = vi.fn()
    const pace = new ReconnectPace(onTryAgain)
    pace.failed(refused)
    pace.stop()
    expect(vi.getTimerCount()).toBe(0)
    vi.advanceTimersByTime(10_000)
    expect(onTryAgain).not.toHaveBeenCalled()
  })
})
