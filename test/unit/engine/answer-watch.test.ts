import { AsyncLocalStorage } from 'node:async_hooks'
import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { AnswerWait } from '../../../src/engine/answer-wait.js'
import { AnswerWatch } from '../../../src/engine/answer-watch.js'

class Wait extends AnswerWait {
  readonly #onLate: (waitedMillis: number) => void

  constructor(onLate: (waitedMillis: number) => void) {
    super()
    this.#onLate = onLate
  }

  override onLate(waitedMillis: number): void {
    this.#onLate(waitedMillis)
  }
}

/** Begins a wait, and gives back what ends it. */
function begin(watch: AnswerWatch, limitMillis: number, onLate: (waitedMillis: number) => void): () => void {
  const wait = new Wait(onLate)
  watch.begin(wait, limitMillis)
  return () => {
    watch.end(wait)
  }
}

describe('AnswerWatch', () => {
  afterEach(() => {
    vi.useRealTimers()
  })

  it('ends a wait that takes too long, once, with the time it took', async () => {
    const watch = new AnswerWatch()
    const late: number[] = []
    begin(watch, 60, (waitedMillis) => late.push(waitedMillis))
    await expect.poll(() => late.length).toBe(1)
    await sleep(100)
    expect(late).toHaveLength(1)
    expect(late[0]).toBeGreaterThanOrEqual(60)
  })

  it('leaves alone what was answered', async () => {
    const watch = new AnswerWatch()
    const late: string[] = []
    const answered = begin(watch, 40, () => late.push('answered'))
    begin(watch, 40, () => late.push('silent'))
    answered()
    await expect.poll(() => late).toEqual(['silent'])
  })

  it('leaves alone what is answered between the timer and what it leads to, such as a socket that is read', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'performance'] })
    const watch = new AnswerWatch()
    const late: string[] = []
    const answered = begin(watch, 100, () => late.push('answered'))
    begin(watch, 100, () => late.push('silent'))
    vi.advanceTimersByTime(100)
    answered()
    await nextTurn()
    expect(late).toEqual(['silent'])
  })

  it('counts no time in which the event loop was blocked, and could neither send nor read', async () => {
    const watch = new AnswerWatch()
    const late: number[] = []
    begin(watch, 100, (waitedMillis) => late.push(waitedMillis))
    const until = performance.now() + 400
    while (performance.now() < until);
    await nextTurn()
    await nextTurn()
    expect(late).toEqual([])
    await expect.poll(() => late.length).toBe(1)
  })

  // Under steady load its timer never ends: made in a request's scope it would keep that request for ever (E15).
  it('looks in no async context of those who wait', async () => {
    const requests = new AsyncLocalStorage<string>()
    const watch = new AnswerWatch()
    const seen: unknown[] = []
    requests.run('request', () => begin(watch, 20, () => seen.push(requests.getStore())))
    await expect.poll(() => seen).toEqual([undefined])
  })

  it('gives the next wait of the same one a time of its own', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'performance'] })
    const watch = new AnswerWatch()
    const late: number[] = []
    const wait = new Wait((waitedMillis) => late.push(waitedMillis))
    watch.begin(wait, 100)
    vi.advanceTimersByTime(100)
    // The first answer has come by the time the watch would say that it is late, and the next wait has begun.
    watch.end(wait)
    vi.advanceTimersByTime(1)
    watch.begin(wait, 100)
    await nextTurn()
    expect(late).toEqual([])
  })

  it('goes on after it has been idle', async () => {
    const watch = new AnswerWatch()
    begin(watch, 20, () => undefined)()
    await sleep(80)
    const late: number[] = []
    begin(watch, 20, (waitedMillis) => late.push(waitedMillis))
    await expect.poll(() => late.length).toBe(1)
  })

  it('ends a short wait in its own time while a long one goes on', async () => {
    const watch = new AnswerWatch()
    const late: string[] = []
    begin(watch, 60_000, () => late.push('long'))
    const startedAt = performance.now()
    begin(watch, 50, () => late.push('short'))
    await expect.poll(() => late).toEqual(['short'])
    expect(performance.now() - startedAt).toBeLessThan(5_000)
  })
})
