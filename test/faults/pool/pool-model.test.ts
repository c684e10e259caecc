import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { seeds, shrinks } from '../settings.js'
import { EngineSubject } from './engine-subject.js'
import { PgPoolSubject } from './pg-pool-subject.js'
import { BEGINNING, poolStories } from './pool-commands.js'
import type { PoolSubject } from './pool-subject.js'
import { PoolWorld } from './pool-world.js'
import { ScriptedServer } from './scripted-server.js'

const RUNS = 300
const COMMANDS = 40
/** Something else that is wrong with pg-pool may be met first. */
const SEEDS = 30

/** A story of any commands, told to a pool whose server and whose clock are scripted. */
function property(
  subject: (server: ScriptedServer) => PoolSubject,
  hasEnd = true,
): fc.IAsyncProperty<[Iterable<unknown>]> {
  return fc.asyncProperty(poolStories(COMMANDS, hasEnd), async (story) => {
    const server = new ScriptedServer()
    const world = new PoolWorld(server, subject(server))
    try {
      await fc.asyncModelRun(() => ({ model: BEGINNING(), real: world }), story)
      await world.finish()
    } finally {
      for (const socket of server.open) socket.destroy()
      vi.clearAllTimers()
    }
  })
}

describe('The pool against its model', () => {
  beforeEach(() => {
    vi.useFakeTimers({
      toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'Date', 'performance'],
    })
  })
  afterEach(() => {
    vi.useRealTimers()
  })

  it.each(seeds(20_261_121).map((seed) => [seed]))(
    'keeps its promises in any story, seed %i',
    async (seed) => {
      await fc.assert(
        property((server) => new EngineSubject(server)),
        { numRuns: RUNS, seed, endOnFailure: !shrinks },
      )
    },
  )

  // A model that can't find these two in plain pg-pool is too weak to be believed (RELIABILITY §4, E3d2 and E4f).
  it.each([
    ['starves a waiter when a dead connection is given back', false, 'STARVED'],
    ['loses its waiters at its end', true, 'LOST WAITERS'],
  ])('finds that plain pg-pool %s', async (_, hasEnd, name) => {
    const met = new Set<string>()
    for (let seed = 1; seed <= SEEDS && ![...met].some((words) => words.includes(name)); seed++) {
      const subject = (server: ScriptedServer): PoolSubject => new PgPoolSubject(server)
      const { errorInstance } = await fc.check(property(subject, hasEnd), {
        numRuns: RUNS,
        seed,
        endOnFailure: true,
      })
      met.add(String(errorInstance))
    }
    expect([...met].join('\n')).toContain(name)
  })
})
