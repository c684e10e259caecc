import { setTimeout as sleep } from 'node:timers/promises'
import { inspect } from 'node:util'
import { describe, expect, it, vi } from 'vitest'
import type { RoundTripEvent } from '../../../src/engine/engine-events.js'
import { DisconnectedError } from '../../../src/errors/operational-error.js'
import { cloneDatabase } from '../../support/clone-database.js'
import { openEngine } from './open-engine.js'
import { openLogged } from './open-logged.js'
import { rowsOf, sendGroup, withLease } from './run-statements.js'

const database = cloneDatabase()

async function kill(processId: number | null): Promise<void> {
  await database.query('select pg_terminate_backend($1)', [processId])
}

describe('Engine.on connect', () => {
  it('tells of each connection that is opened, with its process', async () => {
    const engine = openEngine(database.url, { pool: { size: 2 } })
    const opened: (number | null)[] = []
    engine.on('connect', ({ processId }) => opened.push(processId))
    const leases = [await engine.acquire(), await engine.acquire()]
    expect(opened).toEqual(leases.map((lease) => lease.processId))
    for (const lease of leases) lease.release()
    ;(await engine.acquire()).release()
    expect(opened).toHaveLength(2)
  })
})

describe('Engine.on invalidate', () => {
  it('tells once of a connection that was lost while nobody used it, and why', async () => {
    const { engine, lines } = openLogged(database.url, {})
    const errors: unknown[] = []
    engine.on('invalidate', ({ error }) => errors.push(error))
    await kill(await withLease(engine, async (lease) => lease.processId))
    await vi.waitFor(() => expect(errors).toHaveLength(1))
    await sleep(20)
    expect(errors).toMatchObject([{ code: 'DISCONNECTED', sqlState: '57P01' }])
    expect(errors[0]).toBeInstanceOf(DisconnectedError)
    expect(lines).toMatchObject([{ level: 'warn', fields: { err: errors[0] } }])
  })

  // S7: pg-pool hangs the client on the error, with the keys that cancel and log in.
  it('carries nothing of the driver', async () => {
    const { engine, lines } = openLogged(database.url, {})
    const events: unknown[] = []
    engine.on('invalidate', (event) => events.push(event))
    await kill(await withLease(engine, async (lease) => lease.processId))
    await vi.waitFor(() => expect(events).toHaveLength(1))
    const printed = inspect({ events, lines }, { depth: 20, showHidden: true })
    expect(printed).not.toMatch(/secretKey|_events|password|client:/i)
  })
})

describe('Engine.on roundTrip', () => {
  it('tells of each write: its statements, its rows and its time, and never its parameters', async () => {
    const engine = openEngine(database.url)
    const events: RoundTripEvent[] = []
    engine.on('roundTrip', (event) => events.push(event))
    await withLease(engine, async (lease) => {
      await sendGroup(lease, ['select $1::text as secret', 'S3cr!et'], 'select id from account where id <= 5')
      await sendGroup(lease, 'select pg_sleep(0.05)')
    })
    expect(events).toMatchObject([
      {
        sessionId: undefined,
        statements: ['select $1::text as secret', 'select id from account where id <= 5'],
        rowCount: 6,
        error: undefined,
      },
      { statements: ['select pg_sleep(0.05)'], rowCount: 1 },
    ])
    expect(events[1]!.durationMillis).toBeGreaterThanOrEqual(45)
    expect(events[1]!.durationMillis).toBeLessThan(20_000)
    expect(inspect(events, { depth: 10 })).not.toContain('S3cr!et')
  })

  it('tells of failures: what the server refused, and what was lost', async () => {
    const engine = openEngine(database.url)
    const events: RoundTripEvent[] = []
    engine.on('roundTrip', (event) => events.push(event))
    await withLease(engine, async (lease) => {
      await sendGroup(lease, 'select 1 as one', 'select 1 / 0')
      const running = sendGroup(lease, 'select pg_sleep(20)')
      await sleep(20)
      await kill(lease.processId)
      await running
    })
    expect(events).toMatchObject([
      { rowCount: 1, error: { sqlState: '22012' } },
      { rowCount: 0, error: { sqlState: '57P01' } },
    ])
  })

  it('names the session', async () => {
    const engine = openEngine(database.url)
    const ids: unknown[] = []
    engine.on('roundTrip', ({ sessionId }) => ids.push(sessionId))
    const lease = await engine.acquire('session-7')
    await rowsOf(lease, 'select 1 as one')
    await rowsOf(lease.sublet(), 'select 1 as one')
    lease.release()
    expect(ids).toEqual(['session-7', 'session-7'])
  })

  it('reaches listeners that come later, and those no more that left', async () => {
    const engine = openEngine(database.url)
    const heard: string[] = []
    const lease = await engine.acquire()
    await rowsOf(lease, 'select 1 as before')
    const stop = engine.on('roundTrip', ({ statements }) => heard.push(...statements))
    await rowsOf(lease, 'select 1 as during')
    stop()
    stop()
    await rowsOf(lease, 'select 1 as after')
    lease.release()
    expect(heard).toEqual(['select 1 as during'])
  })
})

describe('A listener that throws', () => {
  it.each(['throws', 'rejects'])(
    '(%s) harms neither the statement, nor other listeners, nor the process; it is logged',
    async (how) => {
      const { engine, lines } = openLogged(database.url, {})
      const failure = new Error('listener')
      const heard: string[] = []
      const fail = (): unknown => {
        if (how === 'rejects') return Promise.reject(failure)
        throw failure
      }
      engine.on('connect', fail)
      engine.on('roundTrip', fail)
      engine.on('invalidate', fail)
      engine.on('roundTrip', ({ statements }) => heard.push(...statements))
      const processId = await withLease(engine, async (lease) => {
        expect(await rowsOf(lease, 'select 1 as one')).toEqual([{ one: 1 }])
        return lease.processId
      })
      await kill(processId)
      await vi.waitFor(() => expect(lines.filter(({ level }) => level === 'error')).toHaveLength(3))
      expect(heard).toEqual(['select 1 as one'])
      expect(lines.filter(({ level }) => level === 'error').map(({ fields }) => fields)).toMatchObject([
        { err: failure, event: 'connect' },
        { err: failure, event: 'roundTrip' },
        { err: failure, event: 'invalidate' },
      ])
    },
  )

  it('and a logger that throws too harm nobody', async () => {
    const fail = (): never => {
      throw new Error('logger')
    }
    const logger = { debug: fail, info: fail, warn: fail, error: fail }
    const engine = openEngine(database.url, { logger, echo: true, slowQueryMillis: 1 })
    engine.on('roundTrip', fail)
    engine.on('connect', fail)
    engine.on('invalidate', fail)
    const processId = await withLease(engine, async (lease) => {
      expect(await rowsOf(lease, 'select 1 as one')).toEqual([{ one: 1 }])
      await rowsOf(lease, 'select pg_sleep(0.01)')
      return lease.processId
    })
    await kill(processId)
    await vi.waitFor(() => expect(engine.stats().idle).toBe(0))
  })
})

describe('The log of statements', () => {
  it('has no line of a statement by default', async () => {
    const { engine, lines } = openLogged(database.url, {})
    await withLease(engine, (lease) => rowsOf(lease, 'select 1 as one'))
    expect(lines).toEqual([])
  })

  it('has one line for each statement with echo, at debug, without parameters', async () => {
    const { engine, lines } = openLogged(database.url, { echo: true })
    await withLease(engine, (lease) =>
      sendGroup(lease, ['select $1::text as text', 'S3cr!et'], 'select 2 as two'),
    )
    expect(lines).toMatchObject([
      {
        level: 'debug',
        message: 'select $1::text as text',
        fields: { rowCount: 1, durationMillis: expect.any(Number) },
      },
      { level: 'debug', message: 'select 2 as two', fields: { rowCount: 1 } },
    ])
    expect(inspect(lines, { depth: 10 })).not.toContain('S3cr!et')
    expect(lines[0]!.fields).not.toHaveProperty('parameters')
  })

  it('has the parameters when hideParameters is false', async () => {
    const { engine, lines } = openLogged(database.url, { echo: true, hideParameters: false })
    await withLease(engine, (lease) =>
      sendGroup(lease, ['select $1::text as text, $2::int as n', 'shown', 7], 'select 2 as two'),
    )
    expect(lines.map(({ fields }) => fields['parameters'])).toEqual([['shown', '7'], []])
  })

  it('has a warning for what takes slowQueryMillis or longer, and nothing for the rest', async () => {
    const { engine, lines } = openLogged(database.url, { slowQueryMillis: 60 })
    await withLease(engine, async (lease) => {
      await rowsOf(lease, 'select 1 as quick')
      await rowsOf(lease, 'select $1::text as secret, pg_sleep(0.08)', 'S3cr!et')
    })
    expect(lines).toHaveLength(1)
    expect(lines[0]).toMatchObject({ level: 'warn' })
    expect(lines[0]!.message).toContain('select $1::text as secret, pg_sleep(0.08)')
    expect(lines[0]!.fields['durationMillis']).toBeGreaterThanOrEqual(60)
    expect(inspect(lines, { depth: 10 })).not.toContain('S3cr!et')
  })

  it('has no warning for slow statements when slowQueryMillis is 0', async () => {
    const { engine, lines } = openLogged(database.url, { slowQueryMillis: 0 })
    await withLease(engine, (lease) => rowsOf(lease, 'select pg_sleep(0.02)'))
    expect(lines).toEqual([])
  })

  it('has the error of a statement that failed', async () => {
    const { engine, lines } = openLogged(database.url, { echo: true })
    await withLease(engine, (lease) => sendGroup(lease, 'select 1 / 0'))
    expect(lines).toMatchObject([{ fields: { err: { sqlState: '22012' } } }])
  })

  // S8: "Key (email)=(…) already exists" and "invalid input syntax: …" repeat the parameter.
  it('shows no parameter in the error of a failed statement either, as a JSON logger prints it', async () => {
    const { engine, lines } = openLogged(database.url, { echo: true })
    await withLease(engine, async (lease) => {
      const insert = 'insert into person (name, email) values ($1, $2)'
      await sendGroup(lease, [insert, 'Ada', 'S3cr!et@example.org'])
      await sendGroup(lease, [insert, 'Ada', 'S3cr!et@example.org'])
      await sendGroup(lease, ['select $1::int as number', 'S3cr!et'])
    })
    expect(lines.filter(({ fields }) => fields['err'] !== undefined)).toHaveLength(2)
    expect(JSON.stringify(lines)).not.toContain('S3cr!et')
    for (const { fields } of lines)
      expect(String((fields['err'] as Error | undefined)?.message)).not.toContain('S3cr!et')
  })
})
