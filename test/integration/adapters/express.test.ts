import { AsyncDatabase, UsageError } from 'async-database'
import { requestSession, type RequestSessionOptions } from 'async-database/express'
import express, {
  type ErrorRequestHandler,
  type Express,
  type Request,
  type RequestHandler,
  type Response,
} from 'express'
import { once } from 'node:events'
import { Agent } from 'node:http'
import { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { cloneDatabase } from '../../support/clone-database.js'
import { via } from '../../support/via.js'
import { describeRequestSession } from './behaviours.js'
import { describeFaults } from './faults.js'
import { expressFramework } from './express-framework.js'
import type { DB } from './framework.js'
import { fetchReply, head, send } from './http-client.js'
import { listen } from './listen.js'
import { SPECIAL_COMMITS } from './special-commits.js'
import { describeSessionOptions } from './session-options.js'

describeRequestSession(expressFramework)
describeSessionOptions(expressFramework)
describeFaults(expressFramework)

describe('requestSession of Express', () => {
  const clone = cloneDatabase()
  let database: AsyncDatabase<DB>
  let server: (AsyncDisposable & { readonly url: string }) | undefined

  beforeAll(() => clone.query(SPECIAL_COMMITS))
  beforeEach(() => {
    database = new AsyncDatabase<DB>({ ...via(clone.url) })
  })
  afterEach(async () => {
    await vi.waitFor(() => expect(database.engine.stats().inUse).toBe(0), 15_000)
    await server?.[Symbol.asyncDispose]()
    server = undefined
    await database.close({ graceMillis: 0 })
    await clone.query('delete from person')
  })

  const serve = async (
    configure: (app: Express) => void,
    options: RequestSessionOptions = { policy: 'on-success' },
  ): Promise<string> => {
    const app = express()
    app.set('env', 'test')
    app.use(requestSession(database, options))
    configure(app)
    server = await listen(app)
    return server.url
  }
  /** Serves one handler; before it runs, a person of this name is inserted, whose COMMIT is special. */
  const serveOne = (person: string, handler: RequestHandler): Promise<string> =>
    serve((app) => {
      app.use(async (_req, _res, next) => {
        for (const name of person === 'twice' ? [person, person] : [person]) {
          await database.scoped.current().insertInto('person').values({ name }).execute()
        }
        next()
      }, handler)
    })
  const stored = async (): Promise<string[]> =>
    (await clone.query<{ name: string }>('select name from person')).map(({ name }) => name)

  const plain: Record<string, (res: Response) => void> = {
    'res.send': (res) => res.status(201).set('x-one', '1').send('hello'),
    'res.end': (res) => {
      res.statusCode = 201
      res.setHeader('x-one', '1')
      res.end('hello')
    },
    'writeHead and end': (res) => res.writeHead(201, 'Made', { 'X-One': '1' }).end('hello'),
    'writeHead with a flat list': (res) => res.writeHead(201, ['X-One', '1']).end('hello'),
    'writes and end': (res) => {
      res.status(201).set('x-one', '1')
      res.write('he')
      res.write(Buffer.from('ll'))
      res.end('o')
    },
    'flushHeaders first': (res) => {
      res.status(201).set('x-one', '1').flushHeaders()
      res.end('hello')
    },
    'an encoding and a callback': (res) => {
      res.status(201).set('x-one', '1')
      res.write('6865', 'hex', () => res.end('6c6c6f', 'hex'))
    },
    'a pipe': (res) => {
      Readable.from(['hel', 'lo']).pipe(res.status(201).set('x-one', '1'))
    },
  }

  it.each(Object.keys(plain))('lets a response by %s out unchanged, after COMMIT', async (way) => {
    const url = await serveOne('slow Ada', (_req, res) => plain[way]!(res))
    const incoming = await head(send(url))
    expect(await stored()).toEqual(['slow Ada'])
    expect(incoming).toMatchObject({ statusCode: 201, headers: { 'x-one': '1' } })
    expect(await text(incoming)).toBe('hello')
  })

  it.each(Object.keys(plain))('lets nothing of a response by %s out when COMMIT fails', async (way) => {
    const url = await serveOne('twice', (_req, res) => plain[way]!(res))
    const { status, headers, body } = await fetchReply(url)
    expect(status).toBe(500)
    expect(body).not.toContain('hel')
    expect(headers['content-length'] ?? String(body.length)).toBe(String(body.length))
  })

  it('sends no body for HEAD and 304, and keeps the connection', async () => {
    const url = await serveOne('Ada', (req, res) => {
      if (req.path === '/304') res.status(304).end()
      else res.send('hello')
    })
    const agent = new Agent({ keepAlive: true, maxSockets: 1 })
    const replies = [await fetchReply(`${url}/`, { method: 'HEAD', agent })]
    await clone.query('delete from person')
    replies.push(await fetchReply(`${url}/304`, { agent }))
    const sockets = Object.values(agent.freeSockets).flat().length
    agent.destroy()
    expect(replies).toMatchObject([
      { status: 200, body: '', headers: { 'content-length': '5' } },
      { status: 304, body: '' },
    ])
    expect(sockets).toBe(1)
  })

  // Node writes no body for HEAD, so it has nothing to drain, and no event of its own.
  it.each(['GET', 'HEAD'])(
    'pushes back while a response to %s is held, and drains when it may go on',
    async (method) => {
      const seen: unknown[] = []
      const url = await serveOne('slow Ada', async (_req, res) => {
        while (res.write('x'.repeat(10_000))) seen.push(true)
        seen.push(res.headersSent)
        await once(res, 'drain')
        seen.push(await stored())
        res.end('!')
      })
      const { body } = await fetchReply(url, { method })
      expect(body).toMatch(method === 'GET' ? /^x+!$/ : /^$/)
      expect(seen.slice(0, -2).every((value) => value === true)).toBe(true)
      expect(seen.slice(-2)).toEqual([true, ['slow Ada']])
    },
  )

  it('gives the connection back when all is handed over, not when a slow client has read it', async () => {
    const url = await serve(
      (app) => {
        app.use(async (_req, res) => {
          await database.scoped.current().selectFrom('person').select('name').execute()
          res.write('x'.repeat(20_000_000))
          res.end('!')
        })
      },
      { policy: 'manual' },
    )
    const incoming = await head(send(url))
    await vi.waitFor(() => expect(database.engine.stats()).toMatchObject({ acquired: 1, inUse: 0 }), 15_000)
    expect(incoming.complete).toBe(false)
    expect((await text(incoming)).length).toBe(20_000_001)
  })

  it('calls back for every chunk of a response that was taken back', async () => {
    const called: string[] = []
    const url = await serveOne('twice', (_req, res) => {
      res.write('one', () => called.push('one'))
      setTimeout(() => {
        res.write('two', () => called.push('two'))
        res.end(() => called.push('end'))
      }, 100)
    })
    expect(await fetchReply(url)).toMatchObject({ status: 500, body: '{"error":"Internal Server Error"}' })
    await vi.waitFor(() => expect(called).toEqual(expect.arrayContaining(['two', 'end'])), 15_000)
  })

  it('sends the first answer, unchanged, of a handler that goes on and fails', async () => {
    const url = await serve((app) => {
      app.get('/', async (_req, res) => {
        await database.scoped.current().insertInto('person').values({ name: 'slow Ada' }).execute()
        res.status(201).json('stored')
        throw new SyntaxError('too late')
      })
      app.use(onError((_error, _req, res) => res.status(500).set('x-error', 'yes').json('failed')))
    })
    const { status, body, headers } = await fetchReply(url)
    expect({ status, body, error: headers['x-error'] }).toEqual({
      status: 201,
      body: '"stored"',
      error: undefined,
    })
    expect(await stored()).toEqual(['slow Ada'])
  })

  it('ignores the 404 behind a handler that has answered and calls next', async () => {
    const url = await serveOne('slow Ada', (_req, res, next) => {
      res.send('hello')
      next()
    })
    expect(await fetchReply(url)).toMatchObject({ status: 200, body: 'hello' })
  })

  it("lets the application's error handler choose the status of a failed COMMIT, but no success", async () => {
    const answered: number[] = []
    const url = await serve((app) => {
      app.use(async (_req, res) => {
        const values = [{ name: 'twice' }, { name: 'twice' }]
        await database.scoped.current().insertInto('person').values(values).execute()
        res.json('fine')
      })
      app.use(
        onError((error, req, res) => {
          const status = Number(req.path.slice(1))
          answered.push(status)
          res.status(status).json((error as { code?: string }).code)
        }),
      )
    })
    expect(await fetchReply(`${url}/409`)).toMatchObject({ status: 409, body: '"UNIQUE_VIOLATION"' })
    expect(await fetchReply(`${url}/200`)).toMatchObject({
      status: 500,
      body: '{"error":"Internal Server Error"}',
    })
    expect(answered).toEqual([409, 200])
  })

  it("answers 500 by Express's own handler when the application has none", async () => {
    const url = await serveOne('twice', (_req, res) => res.json('fine'))
    const { status, body } = await fetchReply(url)
    expect(status).toBe(500)
    expect(body).not.toContain('fine')
  })

  it('answers 500 when Node refuses a header that only leaves after COMMIT', async () => {
    const url = await serveOne('Ada', (_req, res) => res.writeHead(200, { 'x-bad': 'a\nb' }).end('fine'))
    expect((await fetchReply(url)).status).toBe(500)
  })

  it('keeps a written head open for statements until the first byte', async () => {
    const url = await serveOne('Ada', async (_req, res) => {
      res.writeHead(200, { 'content-type': 'text/plain' })
      const { name } = await database.scoped
        .current()
        .selectFrom('person')
        .select('name')
        .executeTakeFirstOrThrow()
      res.end(name)
    })
    expect(await fetchReply(url)).toMatchObject({ status: 200, body: 'Ada' })
  })

  it('commits nothing by itself for an event stream that was begun by writeHead', async () => {
    const url = await serveOne('Ada', async (_req, res) => {
      res.writeHead(200, { 'Content-Type': 'text/event-stream' }).flushHeaders()
      await sleep(10)
      await database.scoped.current().selectFrom('person').select('name').execute()
      res.end('data: done\n\n')
    })
    expect(await fetchReply(url)).toMatchObject({ status: 200, body: 'data: done\n\n' })
    expect(await stored()).toEqual([])
  })

  it('refuses to be registered twice on one path', async () => {
    const errors: unknown[] = []
    const url = await serve((app) => {
      app.use(requestSession(database))
      app.use(
        onError((error, _req, res) => {
          errors.push(error)
          res.sendStatus(500)
        }),
      )
    })
    await fetchReply(url)
    expect(errors).toEqual([expect.any(UsageError)])
  })
})

/** An error handler; Express knows one by its four parameters. */
function onError(answer: (error: unknown, req: Request, res: Response) => unknown): ErrorRequestHandler {
  return (error: unknown, req, res, next) => {
    if (req.destroyed) next(error)
    else answer(error, req, res)
  }
}
