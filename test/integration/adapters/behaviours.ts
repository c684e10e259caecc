import { AsyncDatabase, ConfigurationError, NoActiveSessionError, SessionClosedError } from 'async-database'
import type { CommitPolicy } from 'async-database/express'
import { sql } from 'kysely'
import { once } from 'node:events'
import { Agent } from 'node:http'
import { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { cloneDatabase } from '../../support/clone-database.js'
import { via } from '../../support/via.js'
import type { App, DB, Exchange, Framework, Handle } from './framework.js'
import { fetchReply, hangUp, head, send, sendInPieces } from './http-client.js'
import { SPECIAL_COMMITS } from './special-commits.js'

/** What a request's session does under every framework. */
export function describeRequestSession({ name: framework, serve }: Framework): void {
  const clone = cloneDatabase()
  let database: AsyncDatabase<DB>
  let app: App | undefined

  beforeAll(() => clone.query(SPECIAL_COMMITS))
  beforeEach(() => {
    database = new AsyncDatabase<DB>({ ...via(clone.url), pool: { size: 2, maxOverflow: 0 } })
  })
  afterEach(async () => {
    // No leak, whatever the test did: each loan has ended.
    await vi.waitFor(() => expect(database.engine.stats()).toMatchObject({ inUse: 0, waiting: 0 }), 15_000)
    await app?.[Symbol.asyncDispose]()
    app = undefined
    await database.close({ graceMillis: 0 })
    await clone.query('delete from person')
  })

  const start = async (policy: CommitPolicy, handle: Handle): Promise<string> => {
    app = await serve(database, { policy }, handle)
    return app.url
  }
  const insert = async ({ db }: Exchange, name: string): Promise<void> => {
    await db.insertInto('person').values({ name }).execute()
  }
  const stored = async (): Promise<string[]> => {
    const rows = await clone.query<{ name: string }>('select name from person order by name')
    return rows.map(({ name }) => name)
  }

  const expectRunning = async (part: string): Promise<void> => {
    const running = (await clone.backends()).filter(({ state }) => state === 'active')
    expect(running.map(({ query }) => query)).toContainEqual(expect.stringContaining(part))
  }

  describe(`A request under ${framework}`, () => {
    it('takes no connection when it does not use its session', async () => {
      const url = await start('on-success', async () => ({ json: 'nothing' }))
      expect((await fetchReply(url)).status).toBe(200)
      expect(database.engine.stats()).toMatchObject({ acquired: 0, opened: 0 })
    })

    it.each(['manual', 'on-success'] as const)('rolls back when the handler throws (%s)', async (policy) => {
      const url = await start(policy, async (exchange) => {
        await insert(exchange, 'Ada')
        throw new SyntaxError('the handler failed')
      })
      expect(await fetchReply(url)).toMatchObject({ status: 500, body: '{"failure":"SyntaxError"}' })
      expect(await stored()).toEqual([])
    })

    it('finds its own session by scoped.current(), in services, after awaits and behind a body in pieces', async () => {
      const seen = new Map<string, Set<string>>()
      const aborted: boolean[] = []
      const url = await start('manual', async ({ db, path, signal }) => {
        const ids = new Set<string>()
        seen.set(path, ids)
        for (let round = 0; round < 5; round++) {
          ids.add(database.scoped.current().id)
          await sql`select pg_sleep(0.005)`.execute(database.scoped.current())
          await sleep(Math.random() * 5)
          ids.add(database.scoped.current().id).add(db.id)
        }
        aborted.push(signal.aborted)
        return { json: [...ids] }
      })
      const paths = Array.from({ length: 12 }, (_, index) => `/${String(index)}`)
      await Promise.all(
        paths.map(async (path) => text(await head(await sendInPieces(url + path, '{"a":"', 'bc', '"}')))),
      )
      const ids = paths.map((path) => [...(seen.get(path) ?? [])])
      expect(ids.every((own) => own.length === 1)).toBe(true)
      expect(new Set(ids.flat()).size).toBe(paths.length)
      // A body that has been read is not a client that has gone.
      expect(new Set(aborted)).toEqual(new Set([false]))
    })

    it('leaves no session in scope when the scope is switched off', async () => {
      app = await serve(database, { scope: false }, async () => {
        expect(() => database.scoped.current()).toThrow(NoActiveSessionError)
        return { json: database.scoped.isActive }
      })
      expect(await fetchReply(app.url)).toMatchObject({ status: 200, body: 'false' })
    })

    it('begins with the transaction options it was given', async () => {
      const options = { session: { isolationLevel: 'serializable', readOnly: true } } as const
      app = await serve(database, options, async ({ db }) => {
        const { rows } = await sql<{ transaction_isolation: string }>`show transaction_isolation`.execute(db)
        return { json: rows }
      })
      expect((await fetchReply(app.url)).body).toBe('[{"transaction_isolation":"serializable"}]')
    })

    it('gets a session of its own on a connection that is kept alive', async () => {
      const url = await start('on-success', async ({ db, signal }) => {
        await sql`select 1`.execute(db)
        return { json: { id: db.id, aborted: signal.aborted } }
      })
      const agent = new Agent({ keepAlive: true, maxSockets: 1 })
      const replies = [await fetchReply(url, { agent }), await fetchReply(url, { agent })]
      const sockets = Object.values(agent.freeSockets).flat().length
      agent.destroy()
      const [first, second] = replies.map(({ body }) => JSON.parse(body) as { id: string; aborted: boolean })
      expect(first!.id).not.toBe(second!.id)
      expect([first!.aborted, second!.aborted, sockets]).toEqual([false, false, 1])
    })

    it('refuses a misspelt option and an impossible one at set-up', async () => {
      const handle: Handle = async () => ({})
      const bad = [
        { polcy: 'manual' },
        { policy: 'always' },
        { scope: 1 },
        { session: { isolationLevel: 'x' } },
      ]
      for (const options of bad) {
        await expect(serve(database, options as object, handle)).rejects.toThrow(ConfigurationError)
      }
      await expect(serve(undefined as never, {}, handle)).rejects.toThrow('expected an AsyncDatabase')
    })
  })

  describe(`The policy manual under ${framework}`, () => {
    it('stores what the handler committed and nothing else', async () => {
      const url = await start('manual', async (exchange) => {
        await insert(exchange, 'Ada')
        await exchange.db.commit()
        await insert(exchange, 'Bob')
        return { json: 'done' }
      })
      expect((await fetchReply(url)).status).toBe(200)
      expect(await stored()).toEqual(['Ada'])
    })

    it('keeps the session for a handler that is still streaming', async () => {
      const url = await start('manual', async ({ db }) => {
        async function* numbers() {
          for (let number = 1; number <= 3; number++) {
            const { rows } = await sql<{ n: number }>`select ${number}::int as n`.execute(db)
            yield `${String(rows[0]?.n)};`
          }
        }
        return { stream: Readable.from(numbers(), { objectMode: false }) }
      })
      expect((await fetchReply(url)).body).toBe('1;2;3;')
    })
  })

  describe(`The policy on-success under ${framework}`, () => {
    it.each([200, 201, 302, 304])(
      'has stored everything before the client sees a byte (status %i)',
      async (status) => {
        const url = await start('on-success', async (exchange) => {
          await insert(exchange, 'slow Ada')
          return { status, json: 'done', headers: { location: '/elsewhere' } }
        })
        const incoming = await head(send(url))
        const seen = await stored()
        await text(incoming)
        expect(incoming.statusCode).toBe(status)
        expect(seen).toEqual(['slow Ada'])
      },
    )

    it.each([400, 404, 409, 500])('rolls back when the status is %i', async (status) => {
      const url = await start('on-success', async (exchange) => {
        await insert(exchange, 'Ada')
        return { status, json: 'no' }
      })
      expect((await fetchReply(url)).status).toBe(status)
      expect(await stored()).toEqual([])
    })

    it('answers an error and stores nothing when COMMIT fails', async () => {
      const url = await start('on-success', async (exchange) => {
        await insert(exchange, 'twice')
        await insert(exchange, 'twice')
        return {
          status: 201,
          json: { id: 1 },
          headers: { etag: '"1"', 'set-cookie': 'a=b', 'cache-control': 'max-age=60', 'x-kept': 'yes' },
        }
      })
      const { status, body, headers } = await fetchReply(url)
      expect({ status, body }).toEqual({ status: 500, body: '{"failure":"UniqueViolationError"}' })
      expect(headers).toMatchObject({ 'x-kept': 'yes', 'content-length': String(body.length) })
      expect(Object.keys(headers)).not.toEqual(
        expect.arrayContaining([expect.stringMatching(/^(etag|set-cookie|cache-control)$/)]),
      )
      expect(app!.errors).toHaveLength(1)
      expect(await stored()).toEqual([])
    })

    it('answers an error when the handler swallowed a failed statement', async () => {
      const url = await start('on-success', async (exchange) => {
        await insert(exchange, 'Ada')
        await sql`select 1 / 0`.execute(exchange.db).catch(() => undefined)
        return { json: 'fine' }
      })
      expect(await fetchReply(url)).toMatchObject({
        status: 500,
        body: '{"failure":"CommitRolledBackError"}',
      })
      expect(await stored()).toEqual([])
    })

    it('answers an error when the deadline ended the transaction before the handler did', async () => {
      app = await serve(
        database,
        { policy: 'on-success', session: { deadlineMillis: 800 } },
        async (exchange) => {
          await insert(exchange, 'Ada')
          await vi.waitFor(() => expect(exchange.db.state).toBe('closed'), 15_000)
          return { status: 201, json: 'stored' }
        },
      )
      expect(await fetchReply(app.url)).toMatchObject({
        status: 500,
        body: '{"failure":"SessionClosedError"}',
      })
      expect(await stored()).toEqual([])
    })

    it('commits before the first chunk of a stream, and sends all of it in order', async () => {
      const chunks = Array.from({ length: 400 }, (_, index) => String(index).padStart(1_000, '.'))
      const url = await start('on-success', async (exchange) => {
        await insert(exchange, 'slow Ada')
        return { stream: Readable.from(chunks, { objectMode: false }) }
      })
      const incoming = await head(send(url))
      expect(await stored()).toEqual(['slow Ada'])
      expect((await text(incoming)) === chunks.join('')).toBe(true)
    })

    it('sends no chunk of a stream when COMMIT fails', async () => {
      const url = await start('on-success', async (exchange) => {
        await insert(exchange, 'twice')
        await insert(exchange, 'twice')
        return { stream: Readable.from(['all ', 'went ', 'well'], { objectMode: false }) }
      })
      const { status, body } = await fetchReply(url)
      expect(status).toBe(500)
      expect(body).not.toMatch(/all|went|well/)
      expect(await stored()).toEqual([])
    })

    it('refuses statements after the response was given', async () => {
      let late: Promise<unknown> | undefined
      const url = await start('on-success', async ({ db }) => {
        await sql`select 1`.execute(db)
        late = sleep(50).then(() => sql`select 2`.execute(db))
        late.catch(() => undefined)
        return { json: 'done' }
      })
      await fetchReply(url)
      await expect(late).rejects.toThrow(SessionClosedError)
    })

    it('commits nothing by itself for an event stream', async () => {
      const url = await start('on-success', async (exchange) => {
        async function* events() {
          await insert(exchange, 'Ada')
          yield 'data: committed\n\n'
          await exchange.db.commit()
          await insert(exchange, 'Bob')
          yield 'data: not committed\n\n'
        }
        return {
          stream: Readable.from(events(), { objectMode: false }),
          headers: { 'content-type': 'text/event-stream' },
        }
      })
      expect((await fetchReply(url)).body).toContain('not committed')
      expect(await stored()).toEqual(['Ada'])
    })
  })

  describe(`A client that goes away under ${framework}`, () => {
    it.each(['manual', 'on-success'] as const)(
      'ends the running statement and refuses later ones (%s)',
      async (policy) => {
        let seen: Promise<{ statement: unknown; signal: unknown; late: unknown }> | undefined
        const observe = async (exchange: Exchange) => {
          const statement = await rejection(sql`select pg_sleep(10)`.execute(exchange.db))
          if (!exchange.signal.aborted) await once(exchange.signal, 'abort')
          await vi.waitFor(() => expect(exchange.db.state).toBe('closed'), 15_000)
          return { statement, signal: exchange.signal.reason, late: await rejection(insert(exchange, 'Bob')) }
        }
        const url = await start(policy, async (exchange) => {
          await insert(exchange, 'Ada')
          seen = observe(exchange)
          await seen
          return { json: 'too late' }
        })
        const outgoing = send(url)
        await vi.waitFor(() => expectRunning('pg_sleep(10)'), 15_000)

        const started = performance.now()
        hangUp(outgoing)
        await vi.waitFor(() => expect(database.engine.stats().inUse).toBe(0), { timeout: 8_000, interval: 5 })
        const running = async () => (await clone.backends()).filter(({ state }) => state === 'active')
        await expect.poll(running).toEqual([])
        // It would have ended by itself.
        expect(performance.now() - started).toBeLessThan(9_500)
        expect(await seen).toMatchObject({
          statement: { code: 'OPERATION_ABORTED' },
          signal: { name: 'AbortError' },
          late: { code: 'SESSION_CLOSED' },
        })
        expect(await stored()).toEqual([])
      },
    )

    it('leaves a COMMIT alone that has begun', async () => {
      const url = await start('on-success', async (exchange) => {
        await insert(exchange, 'slow Ada')
        return { json: 'done' }
      })
      const outgoing = send(url)
      await vi.waitFor(() => expectRunning('commit'), 15_000)
      hangUp(outgoing)
      await vi.waitFor(() => expect(database.engine.stats().inUse).toBe(0), 15_000)
      expect(await stored()).toEqual(['slow Ada'])
    })

    it('gives the place in the line for a connection up', async () => {
      const url = await start('manual', async ({ db, path }) => {
        await sql`select pg_sleep(${path === '/holder' ? 4 : 0})`.execute(db)
        return { json: 'done' }
      })
      const holders = [fetchReply(`${url}/holder`), fetchReply(`${url}/holder`)]
      await vi.waitFor(() => expect(database.engine.stats().inUse).toBe(2), 15_000)
      const waiting = send(url)
      await vi.waitFor(() => expect(database.engine.stats().waiting).toBe(1), 15_000)
      hangUp(waiting)
      await vi.waitFor(() => expect(database.engine.stats().waiting).toBe(0), 15_000)
      await Promise.all(holders)
      expect(database.engine.stats().acquired).toBe(2)
    })
  })
}

/** What a promise rejects with; undefined if it does not. */
async function rejection(promise: Promise<unknown>): Promise<unknown> {
  return await promise.then(
    () => undefined,
    (error: unknown) => error,
  )
}
