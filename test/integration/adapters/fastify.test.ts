import { AsyncDatabase } from 'async-database'
import { requestSession, type RequestSessionPluginOptions } from 'async-database/fastify'
import Fastify, { type FastifyInstance } from 'fastify'
import fastifyPlugin from 'fastify-plugin'
import { sql } from 'kysely'
import { connect, constants } from 'node:http2'
import { text } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { cloneDatabase } from '../../support/clone-database.js'
import { via } from '../../support/via.js'
import { describeRequestSession } from './behaviours.js'
import { describeFaults } from './faults.js'
import { fastifyFramework } from './fastify-framework.js'
import type { DB } from './framework.js'
import { fetchReply, hangUp, send } from './http-client.js'
import { SPECIAL_COMMITS } from './special-commits.js'
import { describeSessionOptions } from './session-options.js'

describeRequestSession(fastifyFramework)
describeSessionOptions(fastifyFramework)
describeFaults(fastifyFramework)

describe('requestSession of Fastify', () => {
  const clone = cloneDatabase()
  let database: AsyncDatabase<DB>
  let app: FastifyInstance

  beforeAll(() => clone.query(SPECIAL_COMMITS))
  beforeEach(() => {
    database = new AsyncDatabase<DB>({ ...via(clone.url) })
    app = Fastify({ forceCloseConnections: true })
  })
  afterEach(async () => {
    await vi.waitFor(() => expect(database.engine.stats().inUse).toBe(0), 15_000)
    await app.close()
    await clone.query('delete from person')
  })

  const register = (options: Partial<RequestSessionPluginOptions> = {}): void => {
    void app.register(requestSession, { database, policy: 'on-success', ...options })
  }
  const listen = (): Promise<string> => app.listen({ port: 0, host: '127.0.0.1' })
  const insert = async (...names: string[]): Promise<void> => {
    for (const name of names) await database.scoped.current().insertInto('person').values({ name }).execute()
  }
  const stored = async (): Promise<string[]> =>
    (await clone.query<{ name: string }>('select name from person')).map(({ name }) => name)

  it('serves routes declared before it was loaded and routes of plugins beside it', async () => {
    register()
    app.get('/before', async (request) => request.db.state)
    await app.register(async (child) => {
      child.get('/child', async (request) => request.db.state)
    })
    for (const url of ['/before', '/child']) {
      expect(await app.inject(url)).toMatchObject({ statusCode: 200, body: 'idle' })
    }
  })

  it('is a named plugin that others can depend on', async () => {
    register()
    const dependent = fastifyPlugin(async () => undefined, { dependencies: ['async-database'] })
    await expect(app.register(dependent)).resolves.toBeDefined()
  })

  it('takes what register() itself reads', async () => {
    register({ logLevel: 'warn', prefix: '' } as object)
    await expect(app.ready()).resolves.toBeDefined()
  })

  it('closes the database with the app, after later plugins have closed', async () => {
    register()
    const states: unknown[] = []
    void app.register(async (later) => {
      later.addHook('onClose', async () => {
        states.push(await database.begin((session) => session.selectFrom('person').select('name').execute()))
      })
    })
    await app.ready()
    await app.close()
    expect(states).toEqual([[]])
    await expect(database.begin((session) => session.deleteFrom('person').execute())).rejects.toThrow(
      'POOL_CLOSED',
    )
  })

  it('leaves the database open when closeDatabase is false', async () => {
    register({ closeDatabase: false })
    await app.ready()
    await app.close()
    await database.begin((session) => session.selectFrom('person').select('name').execute())
    await database.close()
  })

  it('rolls back when the handler failed, whatever the error handler answers', async () => {
    register()
    app.setErrorHandler((_error, _request, reply) => reply.code(200).send('never mind'))
    app.get('/', async () => {
      await insert('Ada')
      throw new SyntaxError('failed')
    })
    expect(await fetchReply(await listen())).toMatchObject({ status: 200, body: 'never mind' })
    expect(await stored()).toEqual([])
  })

  it("lets the application's error handler choose the status of a failed COMMIT, but no success", async () => {
    register()
    app.setErrorHandler((error: { code?: string }, request, reply) =>
      reply.code(Number(request.url.slice(1))).send(error.code),
    )
    app.get('/*', async () => insert('twice', 'twice'))
    const url = await listen()
    expect(await fetchReply(`${url}/409`)).toMatchObject({ status: 409, body: 'UNIQUE_VIOLATION' })
    expect(await fetchReply(`${url}/200`)).toMatchObject({ status: 500 })
  })

  it("answers 500 by Fastify's own handler when the application has none", async () => {
    register()
    app.get('/', async () => insert('twice', 'twice'))
    const { status, body } = await fetchReply(await listen())
    expect({ status, ...(JSON.parse(body) as object) }).toMatchObject({
      status: 500,
      code: 'UNIQUE_VIOLATION',
    })
  })

  it('answers 500 when Node refuses a header that only leaves after COMMIT', async () => {
    register()
    app.get('/', async (_request, reply) => reply.header('x-bad', 'a\nb').send('fine'))
    expect((await fetchReply(await listen())).status).toBe(500)
  })

  it('judges a fetch Response by its own status', async () => {
    register()
    app.get<{ Params: { status: string } }>('/:status', async (request) => {
      await insert(request.params.status)
      return new Response('done', { status: Number(request.params.status) })
    })
    const url = await listen()
    expect((await fetchReply(`${url}/201`)).status).toBe(201)
    expect((await fetchReply(`${url}/409`)).status).toBe(409)
    expect(await stored()).toEqual(['201'])
  })

  it('commits nothing by itself after hijack, and ends the session with the response', async () => {
    register()
    let state: (() => string) | undefined
    app.get('/', async (request, reply) => {
      state = () => request.db.state
      await insert('Ada')
      reply.hijack()
      reply.raw.write('raw;')
      await request.db.commit()
      await insert('Bob')
      reply.raw.end('end')
    })
    expect((await fetchReply(await listen())).body).toBe('raw;end')
    await vi.waitFor(() => expect(state?.()).toBe('closed'), 15_000)
    expect(await stored()).toEqual(['Ada'])
  })

  it('ends the session of a hijacked reply whose client goes away', async () => {
    register()
    app.get('/', async (_request, reply) => {
      await insert('Ada')
      reply.hijack()
      reply.raw.write('raw;')
    })
    const outgoing = send(await listen())
    await vi.waitFor(() => expect(database.engine.stats().inUse).toBe(1), 15_000)
    hangUp(outgoing)
    await vi.waitFor(() => expect(database.engine.stats().inUse).toBe(0), 15_000)
    expect(await stored()).toEqual([])
  })

  it('tells an ended response from a broken-off one under HTTP/2 too', async () => {
    await app.close()
    await database.close()
    database = new AsyncDatabase<DB>({ ...via(clone.url) })
    const h2 = Fastify({ http2: true })
    await h2.register(requestSession, { database, policy: 'on-success' })
    const signals: AbortSignal[] = []
    h2.get('/:path', async (request) => {
      signals.push(request.abortSignal)
      await insert(request.url)
      if (request.url === '/broken') await sql`select pg_sleep(10)`.execute(database.scoped.current())
      return 'done'
    })
    const client = connect(await h2.listen({ port: 0, host: '127.0.0.1' }))
    expect(await text(client.request({ ':path': '/whole' }))).toBe('done')
    const broken = client.request({ ':path': '/broken' })
    await vi.waitFor(() => expect(signals).toHaveLength(2), 15_000)
    await vi.waitFor(() => expect(database.engine.stats().inUse).toBe(1), 15_000)
    broken.close(constants.NGHTTP2_CANCEL)
    await vi.waitFor(() => expect(database.engine.stats().inUse).toBe(0), 15_000)
    expect(await stored()).toEqual(['/whole'])
    client.close()
    await h2.close()
  })

  it('works without a network, by inject()', async () => {
    register()
    app.post('/', async (request) => {
      await insert('Ada')
      await sleep(1)
      return { aborted: request.abortSignal.aborted }
    })
    expect((await app.inject({ method: 'POST', url: '/', payload: {} })).json()).toEqual({ aborted: false })
    expect(await stored()).toEqual(['Ada'])
  })

  it('does not disturb a request that a hook before it answered', async () => {
    const seen: unknown[] = []
    app.addHook('onRequest', async (_request, reply) => reply.code(401).send('no'))
    register()
    app.addHook('onSend', async (request) => {
      seen.push(request.db, request.abortSignal.aborted)
    })
    app.get('/', async () => 'never')
    expect(await app.inject('/')).toMatchObject({ statusCode: 401, body: 'no' })
    expect(seen).toEqual([undefined, false])
  })
})
