import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { seeds, soakSeconds } from '../settings.js'
import type { FaultKind } from './fault-kinds.js'
import { explainSoak, type SoakReport } from './soak-report.js'

const PROGRAM = fileURLToPath(new URL('./soak-process.ts', import.meta.url))

const SECONDS = soakSeconds(9)
/** Start and end of a server, the longest operation, a busy machine. */
const AROUND_SECONDS = 90
/** Restarts are short; what else runs on this machine is not known. */
const RECOVERY_MILLIS = 10_000

const MOST_UNKNOWN = 0.01

const NONE = {
  money: 0,
  accounts: 0,
  ackedMissing: 0,
  failedButCommitted: 0,
  duplicates: 0,
  unexplained: 0,
  hangs: 0,
  uncaught: 0,
}

/** Runs a soak in a process of its own, which must end by itself. */
async function soak(
  entrant: 'session' | 'naive',
  seed: number,
  seconds: number,
  faults?: readonly FaultKind[],
): Promise<SoakReport> {
  const args = ['--entrant', entrant, '--seed', String(seed), '--seconds', String(seconds)]
  if (faults !== undefined) args.push('--faults', faults.join(','))
  const child = spawn(process.execPath, ['--import', 'tsx', PROGRAM, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: (seconds + AROUND_SECONDS) * 1_000,
  })
  let stdout = ''
  let stderr = ''
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()))
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve))
  // Also when the test passes: the report is what the run is for.
  process.stderr.write(stderr.replace(/^\(node:.*\n/gm, ''))
  expect(code, `the soak's process (null: it did not end by itself)\n${stderr}`).toBe(0)
  return JSON.parse(stdout) as SoakReport
}

describe('A bank under faults', () => {
  it.each(seeds(20_261_121, 7).map((seed) => [seed]))(
    'loses nothing, doubles nothing and tells its callers the truth, seed %i',
    async (seed) => {
      const report = await soak('session', seed, SECONDS)
      const told = explainSoak('session', report)
      const { violations, loans, most, nemesis, recoveryMillis, operations, unknowns, handles } = report
      expect(violations, told).toEqual(NONE)
      expect(operations.done, told).toBeGreaterThan(0)
      // Of few operations one may stay unknown without the share telling anything.
      expect(unknowns.left, told).toBeLessThanOrEqual(Math.max(2, operations.all * MOST_UNKNOWN))
      expect(nemesis.restarts, told).toBeGreaterThan(0)
      expect(loans, told).toMatchObject({ released: loans?.acquired, open: 0 })
      expect(most.connections, told).toBeLessThanOrEqual(most.allowed)
      expect(Math.max(0, ...recoveryMillis), told).toBeLessThan(RECOVERY_MILLIS)
      expect(handles.after, `handles at the end, ${told}`).toBeLessThanOrEqual(handles.before)
    },
    (SECONDS + AROUND_SECONDS) * 1_000,
  )

  // Without this the soak would not be known to find anything.
  it('does not, with the helper that everybody writes', async () => {
    const { violations } = await soak('naive', 1, 6, ['abort', 'swallow', 'commit'])
    const { ackedMissing, failedButCommitted, accounts } = violations
    expect(ackedMissing + failedButCommitted + accounts).toBeGreaterThan(0)
  })
})
