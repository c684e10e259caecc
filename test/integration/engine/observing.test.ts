import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { describe, expect, it, onTestFinished } from 'vitest'
import type { AsyncDatabaseOptions } from '../../../src/config/async-database-options.js'
import { AsyncDatabase } from '../../../src/database/async-database.js'
import type { Engine } from '../../../src/engine/engine.js'
import { CallSite } from '../../../src/foundation/call-site.js'
import { cloneDatabase } from '../../support/clone-database.js'
import { via } from '../../support/via.js'

const database = cloneDatabase()

interface DB {
  account: { id: number; balance: number }
}

function open(options: AsyncDatabaseOptions = {}): AsyncDatabase<DB> {
  const opened = new AsyncDatabase<DB>({
    ...via(database.url),
    pool: { size: 1, maxOverflow: 0 },
    ...options,
  })
  onTestFinished(async () => {
    await opened.close({ graceMillis: 0 })
  })
  return opened
}

const EVENTS = ['acquire', 'begin', 'statement', 'commit', 'rollback', 'release'] as const

/** What an engine tells, in the order in which it tells it. */
function record(engine: Engine): { name: string; event: Record<string, unknown> }[] {
  const heard: { name: string; event: Record<string, unknown> }[] = []
  for (const name of EVENTS) {
    engine.on(name, (...[event]) => heard.push({ name, event: event as unknown as Record<string, unknown> }))
  }
  return heard
}

/** Listens to one channel until the end of the test. */
function listen(name: string): Record<string, unknown>[] {
  const heard: Record<string, unknown>[] = []
  const listener = (message: unknown): void => {
    heard.push(message as Record<string, unknown>)
  }
  subscribe(name, listener)
  onTestFinished(() => {
    unsubscribe(name, listener)
  })
  return heard
}

/** Settings travel with each transaction behind a pooler. */
const isNoSetting = (text: unknown): boolean => !/set_config/.test(String(text))

describe('The events of an engine', () => {
  it('tell the life of a transaction, from the loan to the return', async () => {
    const opened = open()
    const heard = record(opened.engine)
    const session = opened.session()
    await session.selectFrom('account').select('id').where('id', '=', 1).execute()
    await session.commit()
    await session.close()
    const told = heard.map(({ name, event }) => (name === 'statement' ? event['text'] : name))
    expect(told.filter(isNoSetting)).toEqual([
      'acquire',
      'begin',
      expect.stringMatching(/^select "id"/),
      'begin',
      'commit',
      'commit',
      'release',
    ])
    for (const { event } of heard) expect(event['sessionId']).toBe(session.id)
    expect(heard.at(-1)!.event).toMatchObject({
      heldMillis: expect.any(Number),
      processId: expect.any(Number),
      destroyedFor: undefined,
    })
  })

  it('tell of a rollback, and not of a return to a savepoint', async () => {
    const opened = open()
    const heard = record(opened.engine)
    await using session = opened.session()
    await session.selectFrom('account').select('id').execute()
    await session
      .beginNested(async (nested) => {
        await nested.selectFrom('account').select('id').execute()
        throw new Error('the test undoes it')
      })
      .catch(() => undefined)
    expect(heard.filter(({ name }) => name === 'rollback')).toEqual([])
    await session.rollback()
    expect(heard.filter(({ name }) => name === 'rollback')).toHaveLength(1)
  })

  it('tell of a statement that failed, and not of those behind it that never ran', async () => {
    const opened = open()
    const heard = record(opened.engine)
    await using session = opened.session()
    await Promise.allSettled([
      session
        .selectFrom('account')
        .select('nowhere' as 'id')
        .execute(),
      session.selectFrom('account').select('id').execute(),
    ])
    const failed = heard.filter(({ name, event }) => name === 'statement' && event['error'] !== undefined)
    expect(failed).toMatchObject([{ event: { error: { sqlState: '42703' }, rowCount: 0 } }])
    expect(heard.filter(({ event }) => String(event['text']).startsWith('select "id"'))).toEqual([])
  })

  it('name the place in the program, outside production', async () => {
    const opened = open()
    const heard = record(opened.engine)
    await using session = opened.session()
    await session.selectFrom('account').select('id').execute()
    await session.selectFrom('account').select('balance').execute()
    const { event } = heard.findLast(({ name }) => name === 'statement')!
    expect(event['where']).toMatch(/^at .*observing\.test\.ts:\d+:\d+\)?$/)
  })

  it('want no places of statements while nobody listens', async () => {
    const opened = open()
    const stop = opened.engine.on('statement', () => undefined)
    await opened.begin((session) => session.selectFrom('account').select('id').execute())
    expect(CallSite.ifWanted()).toBeDefined()
    stop()
    await opened.begin((session) => session.selectFrom('account').select('id').execute())
    expect(CallSite.ifWanted()).toBeUndefined()
  })
})

describe('The diagnostics channels', () => {
  it('publish the same, with the engine, to whoever subscribes at any time', async () => {
    const opened = open()
    await opened.begin((session) => session.selectFrom('account').select('id').execute())
    const statements = listen('async-database:statement')
    const commits = listen('async-database:commit')
    const releases = listen('async-database:release')
    await opened.begin((session) => session.selectFrom('account').select('id').execute())
    expect(statements.map(({ text }) => text).filter(isNoSetting)).toEqual([
      'begin',
      expect.stringMatching(/^select "id"/),
      'commit',
    ])
    expect([commits.length, releases.length]).toEqual([1, 1])
    for (const message of [...statements, ...commits, ...releases])
      expect(message['engine']).toBe(opened.engine)
  })

  it('tell of connections that are opened and lent', async () => {
    const connects = listen('async-database:connect')
    const acquires = listen('async-database:acquire')
    const opened = open()
    await opened.begin((session) => session.selectFrom('account').select('id').execute())
    expect(connects).toMatchObject([{ processId: expect.any(Number), durationMillis: expect.any(Number) }])
    expect(acquires).toMatchObject([{ waitedMillis: expect.any(Number) }])
  })
})

describe('The line of a statement', () => {
  it('has the session and the place of the program that started it', async () => {
    const lines: [Record<string, unknown>, string][] = []
    const quiet = (): void => undefined
    const logger = {
      debug: (fields: object, message: string): void => {
        lines.push([fields as Record<string, unknown>, message])
      },
      info: quiet,
      warn: quiet,
      error: quiet,
    }
    const opened = open({ echo: true, slowQueryMillis: 0, logger })
    const session = opened.session()
    await session.selectFrom('account').select('id').where('id', '=', 4711).execute()
    await session.close()
    const [fields] = lines.find(([, message]) => message.startsWith('select "id"'))!
    expect(fields).toMatchObject({
      sessionId: session.id,
      rowCount: 0,
      durationMillis: expect.any(Number),
      where: expect.stringMatching(/^at .*observing\.test\.ts:\d+:\d+\)?$/),
    })
    expect(JSON.stringify(lines)).not.toContain('4711')
    // Made once for many sessions: the place where that was would tell nobody anything.
    expect(lines.find(([, message]) => message === 'begin')![0]).not.toHaveProperty('where')
  })
})
