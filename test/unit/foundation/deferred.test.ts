import { describe, expect, it } from 'vitest'
import { Deferred } from '../../../src/foundation/deferred.js'

describe('Deferred', () => {
  it('settles as its functions say, also when they are passed around', async () => {
    const kept = new Deferred<number>()
    const { resolve } = kept
    expect(kept.isSettled).toBe(false)
    resolve(1)
    expect(kept.isSettled).toBe(true)
    await expect(kept.promise).resolves.toBe(1)

    const broken = new Deferred<number>()
    const { reject } = broken
    reject('reason')
    expect(broken.isSettled).toBe(true)
    await expect(broken.promise).rejects.toBe('reason')
  })

  it('keeps the first outcome', async () => {
    const deferred = new Deferred<number>()
    deferred.resolve(1)
    deferred.resolve(2)
    deferred.reject(new Error('late'))
    await expect(deferred.promise).resolves.toBe(1)
  })
})
