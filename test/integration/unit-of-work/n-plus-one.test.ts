import { describe, expect, it } from 'vitest'
import type { NPlusOneReport } from '../../../src/config/n-plus-one-report.js'
import type { SessionDefaults } from '../../../src/config/session-defaults.js'
import { AsyncDatabase } from '../../../src/database/async-database.js'
import { ConfigurationError, NPlusOneError } from '../../../src/errors/usage-error.js'
import type { Session } from '../../../src/session/session.js'
import { cloneDatabase } from '../../support/clone-database.js'
import { via } from '../../support/via.js'
import { blogDatabase } from './blog-database.js'
import { metadata, posts, users, type DB } from './blog-tables.js'

const cloned = cloneDatabase()
const blog = blogDatabase(cloned)

function reporting(options: SessionDefaults = {}): { session: Session<DB>; reports: NPlusOneReport[] } {
  const reports: NPlusOneReport[] = []
  const onNPlusOne = (report: NPlusOneReport): void => void reports.push(report)
  return { session: blog.session({ session: { onNPlusOne, ...options } }), reports }
}

const authorOf = async (session: Session<DB>, id: bigint): Promise<unknown> =>
  await session.selectFrom('users').selectAll().where('id', '=', id).executeTakeFirst()

describe('the detector of N+1', () => {
  it('reports once what is read one by one, with the place and the relation that reads it together', async () => {
    const { session, reports } = reporting()
    for (let id = 1n; id <= 5n; id++) await authorOf(session, id)
    expect(reports).toEqual([])
    for (let id = 6n; id <= 20n; id++) await authorOf(session, id)
    expect(reports).toHaveLength(1)
    const [report] = reports
    expect(report?.count).toBe(6)
    expect(report?.shape).toBe('select * from "users" where "id" = $…')
    expect(report?.stack[0]).toContain('n-plus-one.test.ts')
    expect(report?.suggestions).toContain('session.query(posts).with({ author: true })')
  })

  it('is set for one session, or a view, as for the database', async () => {
    const { session: other, reports } = reporting({ nPlusOneThreshold: 0 })
    await using database = new AsyncDatabase<DB>({ ...via(cloned.url), metadata })
    const view = database.with({ nPlusOneThreshold: 2 })
    await using session = view.session({ onNPlusOne: (report) => void reports.push(report) })
    await using strict = view.session({ onNPlusOne: 'throw' })
    for (const each of [other, session]) for (let id = 1n; id <= 3n; id++) await authorOf(each, id)
    expect(reports.map(({ count }) => count)).toEqual([3])
    for (let id = 1n; id <= 2n; id++) await authorOf(strict, id)
    await expect(authorOf(strict, 3n)).rejects.toThrow(NPlusOneError)
  })

  it.each([{ nPlusOneThreshold: -1 }, { onNPlusOne: 'shout' }])(
    'refuses options that make no sense: %j',
    async (options) => {
      await using database = new AsyncDatabase<DB>({ ...via(cloned.url), metadata })
      expect(() => database.session(options as never)).toThrow(ConfigurationError)
    },
  )

  it('knows the relations of a list, and of objects that are loaded by key', async () => {
    const { session, reports } = reporting({ nPlusOneThreshold: 1 })
    for (let id = 1n; id <= 2n; id++) await session.query(posts).where('authorId', '=', id).all()
    for (let id = 1n; id <= 2n; id++) await session.get(users, id)
    expect(reports.map((report) => report.suggestions)).toEqual([
      ['session.query(users).with({ posts: true })'],
      expect.arrayContaining(['session.query(users).with({ manager: true })']),
    ])
  })

  it('counts places, shapes and transactions apart, and takes lists of any length for one shape', async () => {
    const { session, reports } = reporting({ nPlusOneThreshold: 2 })
    for (let round = 0; round < 3; round++) {
      await authorOf(session, 1n)
      await session.commit()
    }
    await authorOf(session, 1n)
    await session.selectFrom('users').select('id').where('id', '=', 1n).execute()
    await session.selectFrom('users').selectAll().where('id', '=', 1n).executeTakeFirst()
    await session.selectFrom('users').selectAll().where('id', '=', 1n).executeTakeFirst()
    expect(reports).toEqual([])
    for (const ids of [[1n], [1n, 2n], [3n]])
      await session.selectFrom('users').selectAll().where('id', 'in', ids).execute()
    expect(reports).toHaveLength(1)
  })

  it('lets writes, loads of relations and streams be', async () => {
    const { session, reports } = reporting({ nPlusOneThreshold: 1 })
    for (const email of ['a', 'b', 'c']) {
      session.add(users, { email })
      await session.flush()
    }
    for await (const user of session.query(users).with({ posts: true }).stream({ chunkSize: 1 }))
      expect(user.posts).toEqual([])
    for await (const row of session.selectFrom('users').selectAll().stream(1)) expect(row.id).toBeDefined()
    expect(reports).toEqual([])
  })

  it('refuses the statement that is one too many, and the transaction goes on', async () => {
    const session = blog.session({ session: { onNPlusOne: 'throw', nPlusOneThreshold: 1 } })
    const work = async (): Promise<void> => {
      for (let id = 1n; id <= 3n; id++) await authorOf(session, id)
    }
    const failure = await work().catch((error: unknown) => error)
    expect(failure).toBeInstanceOf(NPlusOneError)
    expect((failure as NPlusOneError).message).toContain('2 statements of one shape were sent at authorOf')
    await session.insertInto('users').values({ email: 'ada' }).execute()
    await session.commit()
    expect(await cloned.query('select email from users')).toEqual([{ email: 'ada' }])
  })

  it('warns in the log, and is silent where it is off', async () => {
    const lines: [object, string][] = []
    const none = (): void => undefined
    const logger = {
      debug: none,
      info: none,
      error: none,
      warn: (fields: object, text: string) => lines.push([fields, text]),
    }
    const warned = blog.session({ logger, session: { nPlusOneThreshold: 1 } })
    const off = blog.session({ logger, session: { nPlusOneThreshold: 0 } })
    for (let id = 1n; id <= 3n; id++) {
      await authorOf(warned, id)
      await authorOf(off, id)
    }
    expect(lines).toHaveLength(1)
    expect(lines[0]?.[1]).toContain('N+1: 2 statements of one shape at authorOf')
    expect(lines[0]?.[0]).toMatchObject({ count: 2, sessionId: warned.id })
  })
})
