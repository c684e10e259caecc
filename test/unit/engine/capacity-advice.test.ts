import { describe, expect, it } from 'vitest'
import { resolveOptions } from '../../../src/config/resolve-options.js'
import { capacityAdvice } from '../../../src/engine/capacity-advice.js'

const SERVER = { most: 100, reserved: 3, sameName: 0 }

function adviceFor(pool: object, capacity = SERVER, ownOthers = 0): string | undefined {
  return capacityAdvice(resolveOptions({ user: 'app', pool }), capacity, ownOthers)
}

describe('capacityAdvice', () => {
  it('warns with the arithmetic of the instances', () => {
    expect(adviceFor({ size: 10, maxOverflow: 5, instances: 8 })).toBe(
      'the pool may need more connections than the server has: (size 10 + maxOverflow 5) × 8 instances = 120, and there are 97 (max_connections 100, 3 of them reserved); lower pool.size or raise max_connections',
    )
  })

  it('says nothing while it is enough, to the last connection', () => {
    expect(adviceFor({ size: 10, maxOverflow: 5, instances: 6 })).toBeUndefined()
    expect(adviceFor({ size: 97, maxOverflow: 0, instances: 1 })).toBeUndefined()
    expect(adviceFor({ size: 98, maxOverflow: 0, instances: 1 })).toBeDefined()
  })

  it('counts what others of the same name have, where the instances are not known', () => {
    const capacity = { ...SERVER, sameName: 90 }
    expect(adviceFor({ size: 10, maxOverflow: 5 }, capacity)).toContain(
      'size 10 + maxOverflow 5 + 90 that others named async-database have now = 105',
    )
    expect(adviceFor({ size: 10, maxOverflow: 5 }, SERVER)).toBeUndefined()
  })

  it("does not count this pool's own connections as those of others", () => {
    const capacity = { ...SERVER, sameName: 90 }
    expect(adviceFor({ size: 10, maxOverflow: 5 }, capacity, 10)).toBeUndefined()
  })
})
