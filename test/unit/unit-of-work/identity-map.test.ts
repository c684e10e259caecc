import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { integer, Metadata, table } from '../../../src/index.js'
import { IdentityMap } from '../../../src/unit-of-work/identity-map.js'
import type { Key } from '../../../src/unit-of-work/key-of.js'
import { Mapper } from '../../../src/unit-of-work/mapper.js'
import { TrackedObject } from '../../../src/unit-of-work/tracked-object.js'

const first = table('first', { id: integer().primaryKey() })
const second = table('second', { id: integer().primaryKey() })
const mapper = new Mapper(new Metadata({ tables: { first, second } }))
const mappings = [mapper.mapping(first), mapper.mapping(second)] as const

const OBJECTS = 8
const at = fc.nat(OBJECTS - 1)
const key: fc.Arbitrary<Key> = fc.oneof(fc.integer({ min: -3, max: 12 }), fc.constantFrom('a', 'b'))
const step = fc.oneof(
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('enter' as const), at, key }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('add' as const), at }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('remove' as const), at }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('leave' as const), at }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('look' as const), at, key }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('many' as const), count: fc.nat(200) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('clear' as const) }) },
)

function makeStates(): readonly TrackedObject[] {
  return Array.from({ length: OBJECTS }, (_, index) => {
    const mapping = mappings[index % 2 === 0 ? 0 : 1]
    return new TrackedObject({ number: index }, mapping, 'persistent')
  })
}

/** What the map is to say: plain maps, kept up at every step. */
class Model {
  readonly objects = new Map<object, TrackedObject>()
  readonly rows = new Map<string, TrackedObject>()

  enter(state: TrackedObject, identity: Key): void {
    this.leave(state)
    this.rows.set(place(state, identity), state)
  }

  leave(state: TrackedObject): void {
    for (const [row, each] of this.rows) if (each === state) this.rows.delete(row)
  }
}

function place({ mapping }: TrackedObject, identity: Key): string {
  return `${mapping.key} ${typeof identity} ${String(identity)}`
}

describe('IdentityMap', () => {
  it('finds objects by row and by themselves, in whatever order they come and leave', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        const states = makeStates()
        const identities = new IdentityMap()
        const model = new Model()
        for (const next of steps) {
          const state = states['at' in next ? next.at : 0] as TrackedObject
          switch (next.kind) {
            case 'enter':
              identities.add(state)
              identities.setIdentity(state, next.key)
              model.objects.set(state.object, state)
              model.enter(state, next.key)
              break
            case 'add':
              identities.add(state)
              model.objects.set(state.object, state)
              break
            case 'remove':
              identities.remove(state)
              model.objects.delete(state.object)
              model.leave(state)
              break
            case 'leave':
              identities.clearIdentity(state)
              model.leave(state)
              break
            case 'look':
              expect(identities.stateOf(state.object)).toBe(model.objects.get(state.object))
              expect(identities.find(state.mapping, next.key)).toBe(model.rows.get(place(state, next.key)))
              break
            case 'many':
              // Enough of them for the list to be written anew when they leave.
              for (const each of many(next.count)) {
                identities.add(each)
                identities.remove(each)
              }
              break
            case 'clear':
              identities.clear()
              for (const each of states) each.identity = undefined
              model.objects.clear()
              model.rows.clear()
          }
          expect(identities.size).toBe(model.objects.size)
        }
        for (const state of states) {
          expect(identities.stateOf(state.object)).toBe(model.objects.get(state.object))
          for (const identity of [-3, -2, -1, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 'a', 'b'])
            expect(identities.find(state.mapping, identity)).toBe(model.rows.get(place(state, identity)))
        }
        expect(new Set(identities.states())).toStrictEqual(new Set(model.objects.values()))
      }),
    )
  })

  it('finds an object that came back after it was looked for', () => {
    const [state] = makeStates() as [TrackedObject]
    const identities = new IdentityMap()
    identities.add(state)
    expect(identities.stateOf(state.object)).toBe(state)
    identities.remove(state)
    expect(identities.stateOf(state.object)).toBeUndefined()
    identities.add(state)
    expect(identities.stateOf(state.object)).toBe(state)
  })

  it('lets an object take the row of another one, which keeps no hold of it', () => {
    const [one, , other] = makeStates() as [TrackedObject, TrackedObject, TrackedObject]
    const identities = new IdentityMap()
    identities.add(one)
    identities.setIdentity(one, 1)
    identities.add(other)
    identities.setIdentity(other, 1)
    identities.remove(one)
    expect(identities.find(other.mapping, 1)).toBe(other)
  })
})

function many(count: number): readonly TrackedObject[] {
  return Array.from({ length: count }, () => new TrackedObject({}, mappings[0], 'pending'))
}
