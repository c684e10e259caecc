import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { beforeAll, describe, expect, it } from 'vitest'
import { cloneDatabase } from '../../support/clone-database.js'
import { NetworkProxy } from '../../support/network-proxy.js'
import { pastPooler } from '../../support/via.js'

const PROGRAM = fileURLToPath(new URL('./process-scenario.ts', import.meta.url))

const database = cloneDatabase()

/** How a process ended that played some scenarios. */
interface Ending {
  readonly code: number | null
  readonly outcomes: ReadonlyMap<string, unknown>
  readonly stderr: string
  /** From its last word to its end. */
  readonly lingeredMillis: number
}

async function play(...scenarios: readonly string[]): Promise<Ending> {
  await using frozen = await NetworkProxy.start(pastPooler(database.url))
  await frozen.freeze()
  const child = spawn(process.execPath, ['--import', 'tsx', PROGRAM, ...scenarios], {
    env: { ...process.env, SCENARIO_URL: database.url, FROZEN_URL: frozen.urlFor(database.url) },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let stdout = ''
  let stderr = ''
  let lastWordAt = performance.now()
  child.stdout.on('data', (chunk: Buffer) => {
    stdout += chunk.toString()
    lastWordAt = performance.now()
  })
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()))
  const code = await new Promise<number | null>((resolve) => child.once('exit', resolve))
  const lines = stdout.split('\n').filter((line) => line !== '')
  return {
    code,
    outcomes: new Map(lines.map((line) => JSON.parse(line) as [string, unknown])),
    stderr,
    lingeredMillis: performance.now() - lastWordAt,
  }
}

// I-CRASH, E9: with plain pg the first six each end the process with code 1, whatever the program catches.
const SCENARIOS: readonly [what: string, scenario: string, outcome: unknown][] = [
  ['lives on when a backend is killed that is idle in the pool', 'killedWhileIdle', [{ one: 1 }]],
  [
    'lives on when a backend is killed that is lent and idle',
    'killedWhileLent',
    ['DISCONNECTED', [{ one: 1 }]],
  ],
  ['lives on when a backend is killed in the middle of a statement', 'killedInStatement', 'DISCONNECTED'],
  [
    "lives on when a backend is killed in a session's transaction",
    'killedInSession',
    [expect.any(String), [{ id: 1 }]],
  ],
  ['lives on when a backend is killed whose holder never looks again', 'killedAndDropped', 0],
  ['lives on when the server speaks nonsense', 'nonsense', ['PROTOCOL_ERROR', 'string']],
  ['waits for a connection to the end, when nothing else is left to do', 'waiterAlone', 'POOL_TIMEOUT'],
  ['keeps no socket and no timer after close()', 'closed', []],
  [
    'keeps no socket and no timer after close() while a connection is being opened',
    'closedWhileOpening',
    ['POOL_CLOSED', []],
  ],
  [
    'keeps no socket and no timer after close() while the server is down',
    'closedWhileDown',
    ['POOL_CLOSED', []],
  ],
]

describe('A process', () => {
  let ending: Ending

  beforeAll(async () => {
    ending = await play(...SCENARIOS.map(([, scenario]) => scenario))
  })

  it.each(SCENARIOS)('%s', (_, scenario, outcome) => {
    expect(ending.stderr).toBe('')
    expect(ending.outcomes.get(scenario)).toEqual(outcome)
  })

  it('ends by itself after all that, with code 0', () => {
    expect(ending).toMatchObject({ code: 0, stderr: '' })
    expect(ending.lingeredMillis).toBeLessThan(8_000)
  })

  it('ends by itself with a pool that was left open', async () => {
    const other = await play('leftOpen')
    expect(other).toMatchObject({ code: 0, stderr: '' })
    expect(other.outcomes.get('leftOpen')).toBe('left open')
    expect(other.lingeredMillis).toBeLessThan(8_000)
  })
})
