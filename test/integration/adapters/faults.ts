import { AsyncDatabase, type PoolOptions, type SessionDefaults } from 'async-database'
import { sql } from 'kysely'
import { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { cloneDatabase } from '../../support/clone-database.js'
import { NetworkProxy } from '../../support/network-proxy.js'
import type { App, DB, Exchange, Framework, Handle } from './framework.js'
import { fetchReply, hangUp, head, send, sendInPieces } from './http-client.js'
import { SPECIAL_COMMITS } from './special-commits.js'

const COMMIT_ASKED = { direction: 'toServer', name: ['Query', 'Execute'], text: /^commit/i } as const
const COMMIT_DONE = { direction: 'toClient', name: 'CommandComplete', text: /^COMMIT$/ } as const

/** What a request's session survives under every framework (RELIABILITY §4, adapters). */
export function describeFaults({ name: framework, serve }: Framework): void {
  const clone = cloneDatabase()
  let proxy: NetworkProxy
  let database: AsyncDatabase<DB>
  let app: App | undefined

  const open = (pool: PoolOptions, session: SessionDefaults = {}): AsyncDatabase<DB> =>
    new AsyncDatabase<DB>({
      url: proxy.urlFor(clone.url),
      pool: { maxOverflow: 0, acquireTimeoutMillis: 60_000, ...pool },
      session: { resolveCommitMillis: 20_000, ...session },
    })

  beforeAll(() => clone.query(SPECIAL_COMMITS))
  beforeEach(async () => {
    proxy = await NetworkProxy.start(clone.url)
    database = open({ size: 2 })
  })
  afterEach(async () => {
    // No leak, whatever the test did: each loan has ended, once.
    await vi.waitFor(() => expect(database.engine.stats()).toMatchObject({ inUse: 0, waiting: 0 }), 15_000)
    const { acquired, released } = database.engine.stats()
    expect(released).toBe(acquired)
    await app?.[Symbol.asyncDispose]()
    app = undefined
    await database.close({ graceMillis: 0 })
    await proxy.stop()
    await clone.query('delete from person')
  })

  const start = async (handle: Handle): Promise<string> => {
    app = await serve(database, { policy: 'on-success' }, handle)
    return app.url
  }
  const insert = async ({ db }: Exchange, name: string): Promise<void> => {
    await db.insertInto('person').values({ name }).execute()
  }
  const stored = async (): Promise<string[]> => {
    const rows = await clone.query<{ name: string }>('select name from person order by name')
    return rows.map(({ name }) => name)
  }

  describe(`A request under ${framework} and faults`, () => {
    it.each([
      ['its answer is cut off', COMMIT_DONE, 'reset', 'committed'],
      ['its answer never comes', COMMIT_DONE, 'blackHole', 'committed'],
      ['it is cut off itself', COMMIT_ASKED, 'reset', 'aborted'],
    ] as const)(
      'answers an error that knows what became of COMMIT when %s',
      async (_, message, fault, outcome) => {
        await database.close()
        database = open({ size: 2 }, { commitTimeoutMillis: 500 })
        const url = await start(async (exchange) => {
          await insert(exchange, 'Ada')
          return { status: 201, json: 'stored' }
        })
        proxy.intercept(message, fault)
        expect(await fetchReply(url)).toMatchObject({ status: 500, body: '{"failure":"CommitUnknownError"}' })
        expect(app!.errors).toMatchObject([{ code: 'COMMIT_UNKNOWN', outcome }])
        expect(await stored()).toEqual(outcome === 'committed' ? ['Ada'] : [])
      },
    )

    it('answers an error when its backend is killed in a statement, and the next request works', async () => {
      const url = await start(async (exchange) => {
        if (exchange.path === '/next') return { json: 'fine' }
        await insert(exchange, 'Ada')
        await sql`select pg_terminate_backend(pg_backend_pid())`.execute(exchange.db)
        return { status: 201, json: 'stored' }
      })
      expect((await fetchReply(url)).status).toBe(500)
      expect((await fetchReply(`${url}/next`)).status).toBe(200)
      expect(await stored()).toEqual([])
    })

    it('answers an error when its backend was killed between statements, although the handler did not notice', async () => {
      const url = await start(async (exchange) => {
        await insert(exchange, 'Ada')
        proxy.resetAll()
        return { status: 201, json: 'stored' }
      })
      expect((await fetchReply(url)).status).toBe(500)
      expect(await stored()).toEqual([])
    })

    it.each([
      ['in time', { size: 1, acquireTimeoutMillis: 2_000 }, 'PoolTimeoutError'],
      ['for so many', { size: 1, maxWaiters: 0 }, 'PoolExhaustedError'],
    ] as const)('answers an error when the pool has no connection %s', async (_, pool, failure) => {
      await database.close()
      database = open(pool)
      let release = (): void => undefined
      const released = new Promise<void>((resolve) => (release = resolve))
      const url = await start(async (exchange) => {
        await insert(exchange, exchange.path)
        if (exchange.path === '/holder') await released
        return { status: 201, json: 'stored' }
      })
      const holder = fetchReply(`${url}/holder`)
      await vi.waitFor(() => expect(database.engine.stats().inUse).toBe(1), 10_000)
      expect(await fetchReply(`${url}/refused`)).toMatchObject({
        status: 500,
        body: `{"failure":"${failure}"}`,
      })
      release()
      expect((await holder).status).toBe(201)
      expect((await fetchReply(`${url}/later`)).status).toBe(201)
      expect(await stored()).toEqual(['/holder', '/later'])
    })

    it('gives the connection of a handler that never ends back when its client goes away', async () => {
      const url = await start(async (exchange) => {
        await insert(exchange, 'Ada')
        return await new Promise(() => undefined)
      })
      const outgoing = send(url)
      await vi.waitFor(() => expect(database.engine.stats().inUse).toBe(1), 10_000)
      hangUp(outgoing)
      await vi.waitFor(() => expect(database.engine.stats().inUse).toBe(0), 10_000)
      expect(await stored()).toEqual([])
    })

    it('gives it back at its deadline when nobody goes away', async () => {
      app = await serve(
        database,
        { policy: 'on-success', session: { deadlineMillis: 3_000 } },
        async (exchange) => {
          await insert(exchange, 'Ada')
          return await new Promise(() => undefined)
        },
      )
      const outgoing = send(app.url)
      await vi.waitFor(() => expect(database.engine.stats()).toMatchObject({ inUse: 0, released: 1 }), 10_000)
      hangUp(outgoing)
      expect(await stored()).toEqual([])
    })

    it('keeps its promises to the others when clients hang up at every stage', async () => {
      const url = await start(async (exchange) => {
        const name = exchange.path
        await insert(exchange, name)
        await sql`select pg_sleep(0.005)`.execute(exchange.db)
        await insert(exchange, `${name} again`)
        const chunks = Array.from({ length: 20 }, () => '.'.repeat(2_000))
        return { status: 201, stream: Readable.from(chunks, { objectMode: false }) }
      })
      const promised: string[] = []
      await Promise.all(
        Array.from({ length: 60 }, async (_, client) => {
          const name = `/${client % 5 === 0 ? 'slow' : 'quick'}-${client}`
          const isPatient = client % 3 === 0
          const outgoing =
            client % 2 === 0 ? send(`${url}${name}`) : await sendInPieces(`${url}${name}`, '{"a":', '1}')
          if (!isPatient) {
            // From before its head was read until its response has left.
            await sleep(client * 10)
            hangUp(outgoing)
            return
          }
          const incoming = await head(outgoing)
          expect((await text(incoming)).length).toBe(40_000)
          expect(incoming.statusCode).toBe(201)
          promised.push(name, `${name} again`)
        }),
      )
      await vi.waitFor(() => expect(database.engine.stats()).toMatchObject({ inUse: 0, waiting: 0 }), 15_000)
      const names = await stored()
      expect(names).toEqual(expect.arrayContaining(promised))
      // Whole transactions, each once.
      const firsts = names.filter((name) => !name.endsWith(' again'))
      expect(names).toEqual(firsts.flatMap((name) => [name, `${name} again`]).toSorted())
      expect((await fetchReply(`${url}/after`)).status).toBe(201)
    })
  })
}
