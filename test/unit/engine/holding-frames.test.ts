import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { HoldingFrames, isAnyHolding, runHolding } from '../../../src/engine/holding-frames.js'

/** The sessions that wait for what is done here, looked up a moment later, as the pool does. */
async function waitingHere(): Promise<readonly string[]> {
  await sleep(0)
  const frames = new HoldingFrames()
  await sleep(0)
  return frames.sessions
}

describe('HoldingFrames.sessions', () => {
  it('are those whose work awaits this, the innermost first', async () => {
    const found = await runHolding('outer', async () => {
      await sleep(1)
      return await runHolding('inner', async () => {
        await sleep(1)
        return await waitingHere()
      })
    })
    expect(found).toEqual(['inner', 'outer'])
  })

  it('are found through Promise.all', async () => {
    const [found] = await runHolding('outer', async () => {
      await sleep(1)
      return await Promise.all([waitingHere(), sleep(5)])
    })
    expect(found).toEqual(['outer'])
  })

  it('are not those that have started this without awaiting it', async () => {
    let started: Promise<readonly string[]> | undefined
    await runHolding('outer', async () => {
      started = sleep(1).then(waitingHere)
      await sleep(30)
    })
    expect(await started).toEqual([])
  })

  it('are none outside of any work', async () => {
    expect(await waitingHere()).toEqual([])
  })

  it('are right when the frames are used again', async () => {
    for (const id of ['one', 'two', 'three']) {
      const both = await Promise.all([runHolding(`${id}-a`, waitingHere), runHolding(`${id}-b`, waitingHere)])
      expect(both).toEqual([[`${id}-a`], [`${id}-b`]])
    }
  })

  it('leave what formats stacks for people as it was', async () => {
    const original = Error.prepareStackTrace
    const { stackTraceLimit } = Error
    await runHolding('outer', waitingHere)
    expect(Error.prepareStackTrace).toBe(original)
    expect(Error.stackTraceLimit).toBe(stackTraceLimit)
  })
})

describe('runHolding', () => {
  it('gives what the work gives, and throws what it throws', async () => {
    const failure = new Error('work')
    expect(await runHolding('outer', () => Promise.resolve(7))).toBe(7)
    await expect(runHolding('outer', () => Promise.reject(failure))).rejects.toBe(failure)
    await expect(
      runHolding('outer', () => {
        throw failure
      }),
    ).rejects.toBe(failure)
    expect(isAnyHolding()).toBe(false)
  })
})
