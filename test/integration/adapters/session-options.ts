import { AsyncDatabase, type SessionOptions } from 'async-database'
import { sql } from 'kysely'
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { cloneDatabase } from '../../support/clone-database.js'
import type { App, DB, Framework, Handle } from './framework.js'
import { fetchReply } from './http-client.js'

/** What all frameworks have in their requests. */
const tenantIn = (request: unknown): string | undefined =>
  (request as { headers: Record<string, string | undefined> }).headers['x-tenant']

/** What the option `session` does under every framework when it is a function of the request. */
export function describeSessionOptions({ name: framework, serve }: Framework): void {
  const clone = cloneDatabase()
  let database: AsyncDatabase<DB>
  let app: App | undefined

  beforeAll(() =>
    clone.query(`create schema acme; create table acme.person (like public.person including all);
      create schema globex; create table globex.person (like public.person including all)`),
  )
  beforeEach(() => {
    database = new AsyncDatabase<DB>({ url: clone.url, pool: { size: 2, maxOverflow: 0 } })
  })
  afterEach(async () => {
    await vi.waitFor(() => expect(database.engine.stats()).toMatchObject({ inUse: 0, waiting: 0 }), 15_000)
    await app?.[Symbol.asyncDispose]()
    app = undefined
    await database.close({ graceMillis: 0 })
    await clone.query('truncate public.person, acme.person, globex.person')
  })

  const start = async (session: (request: unknown) => SessionOptions, handle: Handle): Promise<string> => {
    app = await serve(database, { policy: 'on-success', session }, handle)
    return app.url
  }

  describe(`The option session under ${framework}, as a function of the request`, () => {
    it('keeps the tenants of requests apart that share connections', async () => {
      const url = await start(
        (request) => ({ schema: tenantIn(request)!, settings: { 'app.tenant': tenantIn(request)! } }),
        async ({ db }) => {
          await db.insertInto('person').values({ name: 'somebody' }).execute()
          const { rows } = await sql`select current_setting('app.tenant') as tenant`.execute(db)
          return { json: rows }
        },
      )
      const tenants = ['acme', 'globex', 'acme', 'acme', 'globex', 'acme']
      const replies = await Promise.all(
        tenants.map((tenant) => fetchReply(url, { headers: { 'x-tenant': tenant } })),
      )
      expect(replies.map(({ body }) => JSON.parse(body) as unknown)).toEqual(
        tenants.map((tenant) => [{ tenant }]),
      )
      const stored = await clone.query(`select 'acme' as schema, count(*)::int from acme.person
        union all select 'globex', count(*)::int from globex.person
        union all select 'public', count(*)::int from public.person`)
      expect(stored).toEqual([
        { schema: 'acme', count: 4 },
        { schema: 'globex', count: 2 },
        { schema: 'public', count: 0 },
      ])
    })

    it('is asked once for a request', async () => {
      let times = 0
      const url = await start(
        () => {
          times++
          return {}
        },
        async ({ db }) => {
          await sql`select 1`.execute(db)
          await db.commit()
          await sql`select 2`.execute(database.scoped.current())
          return { json: 'done' }
        },
      )
      expect((await fetchReply(url)).status).toBe(200)
      expect(times).toBe(1)
    })

    it('fails the request with what it throws, before the handler and without a connection', async () => {
      const handle = vi.fn<Handle>(async () => ({ json: 'never' }))
      const url = await start(() => {
        throw new RangeError('no tenant')
      }, handle)
      expect(await fetchReply(url)).toMatchObject({ status: 500, body: '{"failure":"RangeError"}' })
      expect(app!.errors).toEqual([expect.any(RangeError)])
      expect(handle).not.toHaveBeenCalled()
      expect(database.engine.stats().acquired).toBe(0)
    })

    it.each([
      ['no schema', { schema: undefined }, 'schema as undefined'],
      ['a setting without a value', { settings: { 'app.tenant': undefined } }, 'app.tenant'],
      ['a misspelt key', { shema: 'acme' }, 'session.schema'],
      ['nothing', undefined, 'expected session options'],
      ['a promise', Promise.resolve({ schema: 'acme' }), 'a promise'],
    ])('refuses %s: no request runs as nobody’s', async (_, given, message) => {
      const handle = vi.fn<Handle>(async () => ({ json: 'never' }))
      const url = await start(() => given as SessionOptions, handle)
      expect(await fetchReply(url)).toMatchObject({ status: 500, body: '{"failure":"ConfigurationError"}' })
      expect(String(app!.errors[0])).toContain(message)
      expect(handle).not.toHaveBeenCalled()
    })
  })
}
