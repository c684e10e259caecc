import { AsyncDatabase } from 'async-database'
import { sql } from 'kysely'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { RequestSessionRule } from '../../../src/adapters/request-session-rule.js'
import { RequestSession } from '../../../src/adapters/request-session.js'
import { cloneDatabase } from '../../support/clone-database.js'
import { via } from '../../support/via.js'
import type { DB } from './framework.js'

type Event = 'fail' | 'respond' | 'respond in part' | 'end' | 'abort'

const EVENTS: readonly Event[] = ['fail', 'respond', 'respond in part', 'end', 'abort']

/** Every sequence of three events, repetitions included. */
const SEQUENCES = EVENTS.flatMap((a) => EVENTS.flatMap((b) => EVENTS.map((c) => [a, b, c] as const)))

const clone = cloneDatabase()
let database: AsyncDatabase<DB>
const warnings: string[] = []

beforeEach(() => {
  const logger = {
    debug: () => undefined,
    info: () => undefined,
    warn: (_fields: object, message: string) => warnings.push(message),
    error: (_fields: object, message: string) => warnings.push(message),
  }
  warnings.length = 0
  database = new AsyncDatabase<DB>({ ...via(clone.url), logger })
})
afterEach(async () => {
  await database.close({ graceMillis: 0 })
  await clone.query('delete from person')
})

async function fire(request: RequestSession<DB>, event: Event): Promise<void> {
  const start = { status: 200, contentType: undefined, isWhole: event === 'respond' }
  if (event.startsWith('respond')) await request.respond(start)
  else request[event as 'fail' | 'end' | 'abort']()
}

describe('RequestSession', () => {
  it.each(['manual', 'on-success'] as const)(
    'ends its session exactly once, whatever comes in whatever order (%s)',
    async (policy) => {
      const rule = new RequestSessionRule(database, { policy })
      for (const sequence of SEQUENCES) {
        const before = database.engine.stats()
        const request = new RequestSession(rule, {})
        await request.session.insertInto('person').values({ name: sequence.join() }).execute()
        for (const event of sequence) await fire(request, event)
        request.end()
        await vi.waitFor(() => expect(request.session.state, sequence.join()).toBe('closed'), {
          interval: 1,
          timeout: 15_000,
        })
        const { acquired, released, destroyed } = database.engine.stats()
        expect([acquired, released], sequence.join()).toEqual([before.acquired + 1, before.released + 1])
        expect(destroyed).toBe(0)
      }
      const stored = await clone.query<{ name: string }>('select name from person')
      const expected = SEQUENCES.filter((sequence) => {
        const first = sequence.find((event) => event !== 'respond in part' || policy === 'on-success')
        return policy === 'on-success' && first?.startsWith('respond')
      })
      expect(stored.map(({ name }) => name).sort()).toEqual(expected.map(String).sort())
    },
    60_000,
  )

  it('does the same when its events come without a pause between them', async () => {
    for (const sequence of SEQUENCES) {
      const request = new RequestSession(new RequestSessionRule(database, { policy: 'on-success' }), {})
      await request.session.insertInto('person').values({ name: sequence.join() }).execute()
      await Promise.allSettled(sequence.map((event) => fire(request, event)))
      request.end()
      await vi.waitFor(() => expect(request.session.state, sequence.join()).toBe('closed'), {
        interval: 1,
        timeout: 15_000,
      })
    }
    const { acquired, released, inUse } = database.engine.stats()
    expect({ acquired, released, inUse }).toEqual({
      acquired: SEQUENCES.length,
      released: SEQUENCES.length,
      inUse: 0,
    })
  }, 60_000)

  it('warns of writes that a successful handler forgot to commit, not of those of a failed one', async () => {
    for (const status of [200, 500]) {
      const request = new RequestSession(new RequestSessionRule(database, {}), {})
      await request.session
        .insertInto('person')
        .values({ name: String(status) })
        .execute()
      await request.respond({ status, contentType: undefined, isWhole: true })
      await vi.waitFor(() => expect(request.session.state).toBe('closed'), 15_000)
    }
    expect(warnings).toEqual(['a session was closed with 1 uncommitted statement; call commit()'])
  })

  it('logs a commit that failed', async () => {
    const request = new RequestSession(new RequestSessionRule(database, { policy: 'on-success' }), {})
    await sql`select 1 / 0`.execute(request.session).catch(() => undefined)
    await expect(request.respond({ status: 200, contentType: undefined, isWhole: true })).rejects.toThrow()
    expect(request.hasCommitFailed).toBe(true)
    expect(warnings).toEqual(["the commit of a request's session failed"])
  })

  it('gives a signal that is aborted already to whoever asks late', () => {
    const request = new RequestSession(new RequestSessionRule(database, {}), {})
    request.abort()
    expect(request.signal).toMatchObject({ aborted: true, reason: { name: 'AbortError' } })
  })
})
