import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Roster, type RosterMember } from '../../../src/foundation/roster.js'

interface Named extends RosterMember {
  readonly name: number
}

const member = (name: number): Named => ({ name, place: -1 })
const names = (roster: Roster<Named>): number[] => [...roster].map(({ name }) => name).sort((a, b) => a - b)

describe('Roster', () => {
  it('holds what a Set would hold, whatever comes and goes', () => {
    const changes = fc.array(fc.record({ name: fc.nat(9), isAdded: fc.boolean() }), { maxLength: 60 })
    fc.assert(
      fc.property(changes, (given) => {
        const members = Array.from({ length: 10 }, (_, name) => member(name))
        const roster = new Roster<Named>()
        const expected = new Set<number>()
        for (const { name, isAdded } of given) {
          const one = members[name] as Named
          if (!isAdded) expect(roster.remove(one)).toBe(expected.delete(name))
          else if (!expected.has(name)) {
            roster.add(one)
            expected.add(name)
          }
          expect(roster.size).toBe(expected.size)
          expect(names(roster)).toEqual([...expected].sort((a, b) => a - b))
        }
      }),
    )
  })

  it('does not remove what stands on another roster', () => {
    const here = new Roster<Named>()
    const there = new Roster<Named>()
    const [one, other] = [member(1), member(2)]
    here.add(one)
    there.add(other)
    expect(here.remove(other)).toBe(false)
    expect(names(here)).toEqual([1])
    expect(names(there)).toEqual([2])
  })

  it('can be changed while it is walked', () => {
    const roster = new Roster<Named>()
    for (let name = 0; name < 5; name++) roster.add(member(name))
    const met: number[] = []
    for (const one of roster) {
      met.push(one.name)
      roster.remove(one)
    }
    expect(met).toHaveLength(5)
    expect(roster.size).toBe(0)
  })
})
