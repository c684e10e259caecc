import fc from 'fast-check'
import { expect } from 'vitest'
import { pick, type PoolWorld } from './pool-world.js'
import type { Welcome } from './scripted-server.js'

/** What the model remembers, to know which commands make sense. */
export interface PoolModel {
  held: number
  asking: number
  stale: number
  hasEnded: boolean
}

type Story = fc.AsyncCommand<PoolModel, PoolWorld>

/** A command: when it makes sense, what it does; afterwards everything is checked that must always hold. */
function command(
  name: string,
  makesSense: (model: PoolModel) => boolean,
  act: (world: PoolWorld) => unknown,
): Story {
  return {
    check: makesSense,
    toString: () => name,
    run: async (model, world) => {
      await act(world)
      await world.settle()
      model.held = world.holders.length
      model.asking = world.askers.size
      model.stale = world.stale.length
      model.hasEnded = world.hasEnded
    },
  }
}

const always = (): boolean => true
const someHeld = ({ held }: PoolModel): boolean => held > 0
const someAsking = ({ asking }: PoolModel): boolean => asking > 0
const someStale = ({ stale }: PoolModel): boolean => stale > 0
const isOpen = ({ hasEnded }: PoolModel): boolean => !hasEnded

const which = fc.nat({ max: 5 })
const of = (build: (which: number) => Story): fc.Arbitrary<Story> => which.map(build)
const welcome = fc.constantFrom<Welcome>('refuse', 'silence', 'full', 'deny')

const ARBITRARIES: fc.Arbitrary<Story>[] = [
  ...[1, 2, 3].map(() => fc.constant(command('acquire', always, (world) => world.ask()))),
  fc.constant(
    command('acquire twice', always, (world) => {
      world.ask()
      world.ask()
    }),
  ),
  of((n) => command(`abort(${n})`, someAsking, (world) => world.abort(n))),
  ...[1, 2].map(() => of((n) => command(`release(${n})`, someHeld, (world) => world.take(n)?.release()))),
  of((n) => command(`release(${n}, broken)`, someHeld, (world) => world.take(n)?.destroy())),
  of((n) =>
    command(`release(${n}) in a transaction`, someHeld, async (world) => {
      const loan = pick(world.holders, n)
      void loan?.send('begin')
      await world.settle()
      world.take(n)?.release()
    }),
  ),
  of((n) =>
    command(`release(${n}) in flight`, someHeld, (world) => {
      const loan = world.take(n)
      void loan?.send('slow')
      loan?.release()
    }),
  ),
  of((n) => command(`work(${n})`, someHeld, (world) => void pick(world.holders, n)?.send('work'))),
  of((n) => command(`stale release(${n})`, someStale, (world) => pick(world.stale, n)?.release())),
  of((n) =>
    command(`stale query(${n})`, someStale, async (world) => {
      const before = world.server.receivedStatements
      expect(await pick(world.stale, n)?.send('work'), 'a stale loan').toBe('refused')
      expect(world.server.receivedStatements, 'statements that arrived').toBe(before)
    }),
  ),
  of((n) => command(`kill(${n})`, always, (world) => world.server.kill(pick(world.server.open, n)))),
  of((n) => command(`reset(${n})`, always, (world) => world.server.reset(pick(world.server.open, n)))),
  of((n) => command(`black hole(${n})`, always, (world) => world.server.silence(pick(world.server.open, n)))),
  welcome.map((way) => command(`connects meet ${way}`, isOpen, (world) => (world.server.welcome = way))),
  ...[1, 2].map(() => fc.constant(command('heal', always, (world) => (world.server.welcome = 'serve')))),
  fc
    .constantFrom(1, 60, 600, 1_000, 2_500, 40_000)
    .map((millis) => command(`pass ${millis} ms`, always, (world) => world.pass(millis))),
]
const ENDS = fc
  .constantFrom(0, 300)
  .map((grace) => command(`end(${grace})`, isOpen, (world) => world.end(grace)))

/** Any story of a pool; with or without its end in the middle. */
export function poolStories(maxCommands: number, hasEnd: boolean): fc.Arbitrary<Iterable<Story>> {
  return fc.commands(hasEnd ? [...ARBITRARIES, ENDS] : ARBITRARIES, { maxCommands, size: 'max' })
}

export const BEGINNING = (): PoolModel => ({ held: 0, asking: 0, stale: 0, hasEnded: false })
