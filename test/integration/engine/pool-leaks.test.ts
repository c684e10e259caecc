import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { describe, expect, it, vi } from 'vitest'
import type { LeakEvent } from '../../../src/engine/engine-events.js'
import { cloneDatabase } from '../../support/clone-database.js'
import { openLogged } from './open-logged.js'

const database = cloneDatabase()
const PROGRAM = fileURLToPath(new URL('leak-scenario.ts', import.meta.url))

function openWatched(leakDetectionMillis: number) {
  const { engine, lines } = openLogged(database.url, { pool: { leakDetectionMillis } })
  const leaks: LeakEvent[] = []
  engine.on('leak', (event) => leaks.push(event))
  return { engine, lines, leaks }
}

describe('pool.leakDetectionMillis', () => {
  it('logs who holds a connection for too long, with the stack that asked for it', async () => {
    const { engine, lines, leaks } = openWatched(40)
    const lease = await engine.acquire('session-forgetful')
    await vi.waitFor(() => expect(leaks).toHaveLength(1), { timeout: 10_000 })
    expect(leaks).toMatchObject([{ sessionId: 'session-forgetful', reason: 'overdue' }])
    expect(leaks[0]!.heldMillis).toBeGreaterThanOrEqual(39)
    expect(leaks[0]!.where).toMatch(/pool-leaks\.test\.ts:\d+/)
    expect(lines).toMatchObject([
      {
        level: 'warn',
        fields: { sessionId: 'session-forgetful', stack: [expect.stringMatching(/pool-leaks\.test\.ts/)] },
        message: expect.stringMatching(
          /^a connection has been held for \d+ ms; is its session not closed\?$/,
        ),
      },
    ])
    lease.release()
  })

  it('takes it back when the connection does come back', async () => {
    const { engine, lines, leaks } = openWatched(40)
    const lease = await engine.acquire('session-slow')
    await vi.waitFor(() => expect(leaks).toHaveLength(1), { timeout: 10_000 })
    lease.release()
    expect(lines.at(-1)).toMatchObject({ level: 'info', fields: { sessionId: 'session-slow' } })
    expect(lines.at(-1)!.message).toMatch(/came back/)
    expect(engine.stats()).toMatchObject({ leaked: 0, destroyed: 0 })
  })

  it('says nothing of those that come back in time', async () => {
    const { engine, lines, leaks } = openWatched(60_000)
    for (let each = 0; each < 5; each++) (await engine.acquire()).release()
    expect([lines, leaks]).toEqual([[], []])
  })
})

describe('A session that is garbage-collected open', () => {
  it('gives its connection back: destroyed, counted, logged, and the next in line is served', async () => {
    const child = spawn(process.execPath, ['--expose-gc', '--import', 'tsx', PROGRAM], {
      env: { ...process.env, SCENARIO_URL: database.url },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    let stdout = ''
    let stderr = ''
    child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()))
    child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()))
    const code = await new Promise<number | null>((resolve) => child.once('exit', resolve))
    expect(stderr).toBe('')
    expect(code).toBe(0)
    const { sessionId, ...outcome } = JSON.parse(stdout) as Record<string, unknown>
    expect(outcome).toEqual({
      held: { inUse: 1, leaked: 0 },
      afterwards: { inUse: 0, leaked: 1, destroyed: 1, acquired: 2, released: 2 },
      leaks: [[sessionId, 'collected']],
      errors: [
        [
          sessionId,
          'a session was garbage-collected while it held a connection; the connection was destroyed',
        ],
      ],
      rows: [{ id: 1 }],
      kept: { leaked: 1 },
    })
  })
})
