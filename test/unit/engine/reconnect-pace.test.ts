import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { ReconnectPace } from '../../../src/engine/reconnect-pace.js'
import { ConnectionFailedError } from '../../../src/errors/operational-error.js'

const refused = new ConnectionFailedError({ message: 'ECONNREFUSED' })

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

describe('ReconnectPace', () => {
  it('lets any number of connections be opened while that works', () => {
    const pace = new ReconnectPace(vi.fn())
    expect([0, 1, 14].map((underWay) => pace.mayOpen(underWay))).toEqual([true, true, true])
    expect(pace.trouble).toBeUndefined()
  })

  it('allows nothing during a pause, then one attempt at a time, and says when', () => {
    const onTryAgain = vi.fn()
    const pace = new ReconnectPace(onTryAgain)
    pace.failed(refused)
    expect(pace.mayOpen(0)).toBe(false)
    expect(pace.trouble).toBe(refused)
    vi.advanceTimersByTime(300)
    expect(onTryAgain).toHaveBeenCalledOnce()
    expect([0, 1].map((underWay) => pace.mayOpen(underWay))).toEqual([true, false])
  })

  // P1: a server that accepts and then says nothing must not keep the pool from one that is well again.
  it('allows another attempt beside one that takes long', () => {
    const onTryAgain = vi.fn()
    const pace = new ReconnectPace(onTryAgain)
    pace.failed(refused)
    vi.advanceTimersByTime(1_000)
    pace.began()
    expect(pace.mayOpen(1)).toBe(false)
    onTryAgain.mockClear()
    vi.advanceTimersByTime(1_000)
    expect(onTryAgain).toHaveBeenCalledOnce()
    expect(pace.mayOpen(1)).toBe(true)
    pace.began()
    expect(pace.mayOpen(2)).toBe(false)
    pace.stop()
    expect(vi.getTimerCount()).toBe(0)
  })

  // I-RECOVER: at most two attempts a second while the server stays down, and the first ones soon.
  it('tries often at first, then a few times a second at most, for as long as it takes', () => {
    const attempts: number[] = []
    const pace = new ReconnectPace(() => {
      attempts.push(Date.now())
      pace.failed(refused)
    })
    const startedAt = Date.now()
    pace.failed(refused)
    vi.advanceTimersByTime(60_000)
    expect(attempts.filter((at) => at - startedAt <= 1_000).length).toBeGreaterThanOrEqual(2)
    const later = attempts.filter((at) => at - startedAt > 10_000).length
    expect(later).toBeGreaterThanOrEqual(40)
    expect(later).toBeLessThanOrEqual(500)
  })

  // I-RECOVER: the first success comes less than half a second after the server is back.
  it('never pauses for more than half a second', () => {
    const attempts: number[] = []
    const pace = new ReconnectPace(() => {
      attempts.push(Date.now())
      pace.failed(refused)
    })
    pace.failed(refused)
    vi.advanceTimersByTime(60_000)
    const pauses = attempts.slice(1).map((at, index) => at - attempts[index]!)
    expect(Math.max(...pauses)).toBeLessThanOrEqual(500)
  })

  it('is eager again after a success', () => {
    const pace = new ReconnectPace(vi.fn())
    pace.failed(refused)
    vi.advanceTimersByTime(1_000)
    pace.succeeded()
    expect(pace.mayOpen(5)).toBe(true)
    expect(pace.trouble).toBeUndefined()
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
