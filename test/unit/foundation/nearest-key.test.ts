import { describe, expect, it } from 'vitest'
import { nearestKey } from '../../../src/foundation/nearest-key.js'

const known = ['size', 'maxOverflow', 'acquireTimeoutMillis', 'idleTimeoutMillis', 'prePing']

describe('nearestKey', () => {
  it.each([
    ['sise', 'size'],
    ['siez', 'size'],
    ['Size', 'size'],
    ['sizes', 'size'],
    ['max_overflow', 'maxOverflow'],
    ['pre-ping', 'prePing'],
    ['acquireTimeout', 'acquireTimeoutMillis'],
    ['idleTimeoutMilis', 'idleTimeoutMillis'],
  ])('finds for %s the key %s', (key, nearest) => {
    expect(nearestKey(key, known)).toBe(nearest)
  })

  it('finds none when nothing is near', () => {
    expect(nearestKey('banana', known)).toBeUndefined()
    expect(nearestKey('', known)).toBeUndefined()
    expect(nearestKey('size', [])).toBeUndefined()
  })
})
