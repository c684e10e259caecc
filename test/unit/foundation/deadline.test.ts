import { getEventListeners } from 'node:events'
import { setImmediate as afterImmediates, setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it, vi } from 'vitest'
import { Deadline, type DeadlineEnd } from '../../../src/foundation/deadline.js'

const pending = () => new Promise<never>(() => undefined)
const toError = (end: DeadlineEnd) => new Error(end)

/** Blocks the event loop, as a large JSON.parse would. */
function block(millis: number): void {
  const until = performance.now() + millis
  while (performance.now() < until);
}

describe('Deadline.remainingMillis', () => {
  it('falls from the timeout to zero and no further', () => {
    const deadline = Deadline.after(20)
    expect(deadline.timeoutMillis).toBe(20)
    expect(deadline.remainingMillis).toBeGreaterThan(0)
    expect(deadline.remainingMillis).toBeLessThanOrEqual(20)
    expect(deadline.end).toBeUndefined()
    block(25)
    expect(deadline.remainingMillis).toBe(0)
    expect(deadline.elapsedMillis).toBeGreaterThanOrEqual(25)
    expect(deadline.end).toBe('expired')
  })

  it('is endless without a time limit', () => {
    expect(Deadline.never.remainingMillis).toBe(Number.POSITIVE_INFINITY)
    expect(Deadline.never.end).toBeUndefined()
  })
})

describe('Deadline.end', () => {
  it('prefers the abort to the time used up', () => {
    expect(Deadline.after(0).end).toBe('expired')
    expect(Deadline.after(0, AbortSignal.abort()).end).toBe('aborted')
  })
})

describe('Deadline.within', () => {
  it('takes the stricter limit and keeps the signal', () => {
    const { signal } = new AbortController()
    const deadline = Deadline.after(1_000, signal)
    expect(deadline.within(10).timeoutMillis).toBe(10)
    expect(deadline.within(10).signal).toBe(signal)
    expect(deadline.within(60_000).timeoutMillis).toBeLessThanOrEqual(1_000)
    expect(Deadline.never.within(5).timeoutMillis).toBe(5)
  })
})

describe('Deadline.race', () => {
  it('settles as the work does when that is first', async () => {
    const deadline = Deadline.after(1_000)
    await expect(deadline.race(Promise.resolve('done'), toError)).resolves.toBe('done')
    await expect(deadline.race(Promise.reject(new Error('own')), toError)).rejects.toThrow('own')
  })

  it('rejects when the time is used up', async () => {
    const startedAt = performance.now()
    await expect(Deadline.after(20).race(pending(), toError)).rejects.toThrow('expired')
    expect(performance.now() - startedAt).toBeGreaterThanOrEqual(19)
  })

  it('rejects when the signal is aborted, before or while waiting', async () => {
    await expect(Deadline.after(1_000, AbortSignal.abort()).race(pending(), toError)).rejects.toThrow(
      'aborted',
    )
    const controller = new AbortController()
    const waiting = Deadline.after(1_000, controller.signal).race(pending(), toError)
    controller.abort()
    await expect(waiting).rejects.toThrow('aborted')
  })

  // E14, I19: timers run before sockets are read.
  it('lets an answer win that arrived while the event loop was blocked', async () => {
    const arrived = new Promise<string>((resolve) => {
      // Stands for I/O that is ready: it runs after the timers of the same turn.
      setTimeout(() => setImmediate(resolve, 'answer'), 1)
    })
    const racing = Deadline.after(10).race(arrived, toError)
    block(30)
    await expect(racing).resolves.toBe('answer')
  })

  it('leaves no unhandled rejection when the work fails after it has lost', async () => {
    const onUnhandled = vi.fn()
    process.on('unhandledRejection', onUnhandled)
    let fail: (error: Error) => void = () => undefined
    const work = new Promise<never>((_, reject) => {
      fail = reject
    })
    await expect(Deadline.after(1).race(work, toError)).rejects.toThrow('expired')
    fail(new Error('late'))
    // Node tells of rejections once the microtasks are done.
    await afterImmediates()
    await sleep(1)
    process.off('unhandledRejection', onUnhandled)
    expect(onUnhandled).not.toHaveBeenCalled()
  })

  it('removes its listener from the signal in every case', async () => {
    const controller = new AbortController()
    const count = () => getEventListeners(controller.signal, 'abort').length
    const deadline = Deadline.after(1_000, controller.signal)
    await deadline.race(Promise.resolve(), toError)
    await deadline.race(Promise.reject(new Error('own')), toError).catch(() => undefined)
    await deadline
      .within(1)
      .race(pending(), toError)
      .catch(() => undefined)
    expect(count()).toBe(0)
  })
})

describe('Deadline.watch', () => {
  it('calls once, never synchronously', async () => {
    const ends: DeadlineEnd[] = []
    const controller = new AbortController()
    controller.abort()
    Deadline.after(0, controller.signal).watch((end) => ends.push(end))
    expect(ends).toEqual([])
    await sleep(10)
    expect(ends).toEqual(['aborted'])
  })

  it('does not call after it was stopped, even when the end is already on its way', async () => {
    const onEnd = vi.fn()
    const controller = new AbortController()
    const stopAborted = Deadline.after(1_000, controller.signal).watch(onEnd)
    controller.abort()
    stopAborted()
    const stopExpired = Deadline.after(0).watch(onEnd)
    const stopped = new Promise<void>((resolve) => {
      setTimeout(() => {
        stopExpired()
        resolve()
      }, 1)
    })
    // Both timers are due when the loop goes on: they run one behind the other, before any immediate.
    block(10)
    await stopped
    await afterImmediates()
    await sleep(5)
    expect(onEnd).not.toHaveBeenCalled()
  })

  it('waits for limits that are longer than one timer can hold', () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setImmediate', 'performance'] })
    try {
      const onEnd = vi.fn()
      const days = (count: number) => count * 86_400_000
      Deadline.after(days(60)).watch(onEnd)
      vi.advanceTimersByTime(days(59))
      expect(onEnd).not.toHaveBeenCalled()
      vi.advanceTimersByTime(days(1) + 1)
      expect(onEnd).toHaveBeenCalledExactlyOnceWith('expired')
    } finally {
      vi.useRealTimers()
    }
  })
})
