import { inspect } from 'node:util'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import type { AsyncDatabaseOptions } from '../../../src/config/async-database-options.js'
import { AsyncDatabase } from '../../../src/database/async-database.js'
import { cloneDatabase } from '../../support/clone-database.js'
import { NetworkProxy } from '../../support/network-proxy.js'
import { pastPooler } from '../../support/via.js'
import { rowsOf, withLease } from './run-statements.js'

const SECRET = 'S3cr!et@/:#%'
const database = cloneDatabase()
let proxy: NetworkProxy
/** Roles belong to the whole server, which other files use too. */
let keeper: string

beforeAll(async () => {
  keeper = `keeper_of_${database.name}`
  await database.query(`create role ${keeper} login`)
})
beforeEach(async () => {
  proxy = await NetworkProxy.start(pastPooler(database.url))
  await database.query(`alter role ${keeper} login password '${SECRET}'`)
})
afterEach(async () => {
  await proxy.stop()
})
afterAll(async () => {
  await database.query(`drop role ${keeper}`)
})

/** Every way in which a program prints things. */
function printed(...values: readonly unknown[]): string {
  return values
    .flatMap((value) => [
      inspect(value, { depth: 30, showHidden: true, getters: true }),
      safeJson(value),
      String(value),
      value instanceof Error
        ? `${value.stack ?? ''} ${safeJson(Object.fromEntries(Object.entries(value)))} ${safeJson(value.cause)}`
        : '',
    ])
    .join('\n')
}

function safeJson(value: unknown): string {
  try {
    return JSON.stringify(value, (_, item: unknown) => (typeof item === 'bigint' ? String(item) : item)) ?? ''
  } catch {
    return ''
  }
}

function expectNoSecret(text: string): void {
  for (const form of [SECRET, encodeURIComponent(SECRET), 'S3cr']) expect(text).not.toContain(form)
}

/** The four ways to give a password (S7). */
const WAYS: readonly [name: string, options: (url: URL) => AsyncDatabaseOptions][] = [
  [
    'in the URL',
    (url) => {
      url.username = keeper
      url.password = encodeURIComponent(SECRET)
      return { url: url.href }
    },
  ],
  ['as a field', (url) => ({ ...fieldsOf(url), user: keeper, password: SECRET })],
  ['from a function', (url) => ({ ...fieldsOf(url), user: keeper, password: async () => SECRET })],
]

function fieldsOf(url: URL): AsyncDatabaseOptions {
  return { host: url.hostname, port: Number(url.port), database: database.name }
}

describe('A password', () => {
  it.each(WAYS)('given %s is used, and nowhere to be seen', async (_, optionsFor) => {
    const log: unknown[] = []
    const write = (...line: unknown[]): void => void log.push(line)
    const logger = { debug: write, info: write, warn: write, error: write }
    const options = optionsFor(new URL(proxy.urlFor(database.url)))
    await using opened = new AsyncDatabase({
      ...options,
      logger,
      echo: true,
      hideParameters: false,
      pool: { size: 2 },
    })
    const { engine } = opened
    const events: unknown[] = []
    const note = (event: unknown): void => void events.push(event)
    engine.on('connect', note)
    engine.on('invalidate', note)
    engine.on('roundTrip', note)
    const lease = await engine.acquire()
    const [row] = await rowsOf(lease, 'select current_user::text as user')
    expect(row).toEqual({ user: keeper })
    const held = printed(opened, engine, engine.options, lease, opened.session(), opened.kysely)
    lease.release()
    proxy.resetAll()
    await vi.waitFor(() => expect(events.length).toBeGreaterThan(2))
    expectNoSecret(held + printed(log, events, engine.stats()))
  })

  it.each(WAYS)('given %s is in no error of a failed connection', async (_, optionsFor) => {
    const faults: readonly ((url: URL) => Promise<AsyncDatabaseOptions>)[] = [
      async (url) => ({ ...optionsFor(url), database: 'not_there' }),
      async (url) => {
        await database.query(`alter role ${keeper} password 'another'`)
        return optionsFor(url)
      },
      async (url) => {
        await database.query(`alter role ${keeper} nologin`)
        return optionsFor(url)
      },
      async (url) => ({ ...optionsFor(url), ssl: true }),
      async (url) => {
        proxy.intercept({ direction: 'toServer', name: 'PasswordMessage', times: 9 }, 'reset')
        return optionsFor(url)
      },
      async (url) => {
        await proxy.refuse()
        return optionsFor(url)
      },
    ]
    for (const fault of faults) {
      const options = await fault(new URL(proxy.urlFor(database.url)))
      await using opened = new AsyncDatabase({ ...options, pool: { acquireTimeoutMillis: 150 } })
      const error: unknown = await opened.engine.acquire().then(
        () => expect.unreachable('It should have failed.'),
        (reason: unknown) => reason,
      )
      expectNoSecret(printed(error, opened))
    }
  })

  it('given in the environment is nowhere to be seen either', async () => {
    const url = new URL(database.url)
    url.username = keeper
    url.password = encodeURIComponent(SECRET)
    vi.stubEnv('DATABASE_URL', url.href)
    try {
      await using opened = AsyncDatabase.fromEnv()
      await withLease(opened.engine, async (lease) => {
        expectNoSecret(printed(opened, lease))
      })
    } finally {
      vi.unstubAllEnvs()
    }
  })

  it('that is wrong in form is refused without being shown', () => {
    for (const password of [`${SECRET}\0`, Buffer.from(SECRET), { value: SECRET }]) {
      let error: unknown
      try {
        new AsyncDatabase({ ...fieldsOf(new URL(database.url)), user: keeper, password: password as never })
      } catch (thrown) {
        error = thrown
      }
      expect(error).toMatchObject({ code: 'CONFIGURATION' })
      expectNoSecret(printed(error))
    }
  })
})

describe('The keys of a connection', () => {
  // Whoever has them can cancel its statements (S17).
  it('are nowhere to be seen', async () => {
    await using opened = new AsyncDatabase({ url: database.url })
    await withLease(opened.engine, async (lease) => {
      expect(printed(opened, opened.engine, lease)).not.toMatch(/secretKey/i)
    })
  })
})
