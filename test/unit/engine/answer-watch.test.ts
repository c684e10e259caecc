import { AsyncLocalStorage } from 'node:async_hooks'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { AnswerWatch } from '../../../src/engine/answer-watch.js'

describe('AnswerWatch', () => {
  it('ends a wait that takes too long, once, with the time it took', async () => {
    const watch = new AnswerWatch(60)
    const late: number[] = []
    watch.watch((waitedMillis) => late.push(waitedMillis))
    await expect.poll(() => late.length).toBe(1)
    await sleep(100)
    expect(late).toHaveLength(1)
    expect(late[0]).toBeGreaterThanOrEqual(60)
  })

  it('leaves alone what was answered', async () => {
    const watch = new AnswerWatch(40)
    const late: string[] = []
    const answered = watch.watch(() => late.push('answered'))
    watch.watch(() => late.push('silent'))
    answered()
    await expect.poll(() => late).toEqual(['silent'])
  })

  it('leaves alone what is answered in the same turn of a loop that was blocked', async () => {
    const watch = new AnswerWatch(30)
    const late: string[] = []
    const answered = watch.watch(() => late.push('answered'))
    const until = performance.now() + 120
    while (performance.now() < until);
    // Between the timer and what it leads to stands whatever the loop had to do, such as reading sockets.
    setImmediate(answered)
    await sleep(100)
    expect(late).toEqual([])
  })

  // Under steady load its timer never ends: made in a request's scope it would keep that request for ever (E15).
  it('looks in no async context of those who wait', async () => {
    const requests = new AsyncLocalStorage<string>()
    const watch = new AnswerWatch(20)
    const seen: unknown[] = []
    requests.run('request', () => watch.watch(() => seen.push(requests.getStore())))
    await expect.poll(() => seen).toEqual([undefined])
  })

  it('goes on after it has been idle', async () => {
    const watch = new AnswerWatch(20)
    watch.watch(() => undefined)()
    await sleep(80)
    const late: number[] = []
    watch.watch((waitedMillis) => late.push(waitedMillis))
    await expect.poll(() => late.length).toBe(1)
  })
})
