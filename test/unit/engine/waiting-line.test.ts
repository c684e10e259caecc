import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { WaitingLine } from '../../../src/engine/waiting-line.js'
import type { Waiter } from '../../../src/engine/waiter.js'

const waiter = (name: number): Waiter => ({
  sessionId: String(name),
  onLease: () => undefined,
  onError: () => undefined,
})
const names = (line: WaitingLine): (string | undefined)[] => [...line].map(({ sessionId }) => sessionId)

describe('WaitingLine', () => {
  it('keeps the order of arrival, whoever leaves, from wherever', () => {
    const steps = fc.array(fc.record({ name: fc.nat(7), joins: fc.boolean() }), { maxLength: 60 })
    fc.assert(
      fc.property(steps, (given) => {
        const waiters = Array.from({ length: 8 }, (_, name) => waiter(name))
        const line = new WaitingLine()
        const expected = new Set<string>()
        for (const { name, joins } of given) {
          const one = waiters[name] as Waiter
          if (!joins) {
            line.leave(one)
            expected.delete(String(name))
          } else if (!line.has(one)) {
            line.join(one)
            expected.add(String(name))
          }
          expect(names(line)).toEqual([...expected])
          expect(line.first?.sessionId).toBe([...expected][0])
          expect(line.length).toBe(expected.size)
        }
      }),
    )
  })

  it('does not meet whoever leaves while it is walked', () => {
    const line = new WaitingLine()
    const waiters = [waiter(0), waiter(1), waiter(2), waiter(3)]
    for (const one of waiters) line.join(one)
    const met: (string | undefined)[] = []
    for (const one of line) {
      met.push(one.sessionId)
      line.leave(waiters[2] as Waiter)
      line.leave(one)
    }
    expect(met).toEqual(['0', '1', '3'])
    expect(line.length).toBe(0)
  })

  it('cuts the links of whoever leaves, which would keep all later ones alive', () => {
    const line = new WaitingLine()
    const [first, second] = [waiter(0), waiter(1)]
    line.join(first)
    line.join(second)
    line.leave(first)
    expect([first.ahead, first.behind, second.ahead]).toEqual([undefined, undefined, undefined])
  })
})
