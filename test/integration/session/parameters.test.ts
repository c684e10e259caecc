import { CompiledQuery, sql } from 'kysely'
import { beforeEach, describe, expect, it } from 'vitest'
import { UsageError } from '../../../src/errors/usage-error.js'
import { cloneDatabase } from '../../support/clone-database.js'
import { failureOf } from './failure-of.js'
import { openThroughProxy } from './open-through-proxy.js'

const cloned = cloneDatabase()

beforeEach(async () => {
  await cloned.query('delete from person')
})

const SECRET = 'S3cr!et'

const refused: readonly [name: string, value: unknown][] = [
  ['undefined', undefined],
  ['a function', () => SECRET],
  ['a symbol', Symbol(SECRET)],
  ['a Map', new Map([[SECRET, SECRET]])],
  ['a Set', new Set([SECRET])],
  ['a promise', Promise.resolve(SECRET)],
  ['an invalid Date', new Date(Number.NaN)],
  ['a string with a NUL character', `${SECRET}\0`],
  ['a string with a lone surrogate', `${SECRET}\ud800`],
  [
    'an object whose toPostgres throws',
    {
      toPostgres: () => {
        throw new Error('no')
      },
    },
  ],
  ['a circular object', circular()],
]

describe('Session: parameters that PostgreSQL can not store as they are', () => {
  it.each(refused)('refuses %s before a byte is sent, and the transaction stays usable', async (_, value) => {
    const { database, recorder } = await openThroughProxy(cloned.url)
    await using session = database.session()
    await session.insertInto('person').values({ name: 'before' }).execute()
    const sent = recorder.events.length
    const query = CompiledQuery.raw(`insert into person (name, email) values ('bad', $1)`, [value])
    const error = await failureOf(session.executeQuery(query))
    expect(error).toBeInstanceOf(UsageError)
    expect(error).toMatchObject({ context: { position: 1 } })
    expect(String(error)).not.toContain(SECRET)
    expect(recorder.events).toHaveLength(sent)
    expect(session.state).toBe('active')
    await session.insertInto('person').values({ name: 'after' }).execute()
    await session.commit()
    expect(await cloned.query('select name from person order by id')).toEqual([
      { name: 'before' },
      { name: 'after' },
    ])
  })

  it('are refused as the first statement without taking a connection', async () => {
    const { database } = await openThroughProxy(cloned.url)
    await using session = database.session()
    await failureOf(sql`select ${undefined}`.execute(session))
    expect(session.state).toBe('idle')
    expect(session.inTransaction).toBe(false)
    expect(database.engine.stats().acquired).toBe(0)
  })

  it('do not disturb statements that were started together with them', async () => {
    const { database } = await openThroughProxy(cloned.url)
    await using session = database.session()
    const insert = (email: unknown) =>
      sql`insert into person (name, email) values ('x', ${email})`.execute(session)
    const outcomes = await Promise.allSettled([insert('a'), insert(undefined), insert('b')])
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled'])
    await session.commit()
    expect(await cloned.query('select email from person order by id')).toEqual([
      { email: 'a' },
      { email: 'b' },
    ])
  })

  it('are refused by number: more than 65,535, and that many are taken', async () => {
    const { database, recorder } = await openThroughProxy(cloned.url)
    await using session = database.session()
    await sql`select 1`.execute(session)
    const sent = recorder.events.length
    const select = (count: number) => {
      const numbers = Array.from({ length: count }, (_, index) => index + 1)
      const text = `select cardinality(array[${numbers.map((n) => `$${n}`).join()}]::text[]) as n`
      return session.executeQuery(CompiledQuery.raw(text, numbers))
    }
    const error = await failureOf(select(65_536))
    expect(error).toBeInstanceOf(UsageError)
    expect((error as Error).message).toContain('65536')
    expect(recorder.events).toHaveLength(sent)
    expect((await select(65_535)).rows).toEqual([{ n: 65_535 }])
  })

  it('are refused in the text too: a NUL character would cut it', async () => {
    const { database, recorder } = await openThroughProxy(cloned.url)
    await using session = database.session()
    await sql`select 1`.execute(session)
    const sent = recorder.events.length
    expect(await failureOf(sql.raw('select 1\0, 2').execute(session))).toBeInstanceOf(UsageError)
    expect(recorder.events).toHaveLength(sent)
    expect(session.state).toBe('active')
  })

  it('are what the caller passed, even if the caller changes them before they leave', async () => {
    const { database } = await openThroughProxy(cloned.url)
    await using session = database.session()
    const tags = ['a', 'b']
    const selected = sql<{ tags: string[] }>`select ${tags}::text[] as tags`.execute(session)
    tags.push('c')
    expect((await selected).rows).toEqual([{ tags: ['a', 'b'] }])
  })

  it('are values of the application’s own types, alone and in arrays', async () => {
    const { database } = await openThroughProxy(cloned.url)
    await using session = database.session()
    const [one, two] = [new Price('1 EUR'), new Price('2 a"b,{c}')]
    const [nothing, bytes] = [new Price(null), new Price(Buffer.from([0, 255]))]
    const { rows } = await sql`select ${one}::text as alone, ${nothing}::text as nothing,
      ${[one, null, nothing, two]}::text[] as several, ${[[one], [two]]}::text[] as nested,
      ${one} = any(${[two, one]}::text[]) as found, ${[bytes]}::bytea[] as bytes`.execute(session)
    expect(rows).toEqual([
      {
        alone: one.stored,
        nothing: null,
        several: [one.stored, null, null, two.stored],
        nested: [[one.stored], [two.stored]],
        found: true,
        bytes: [bytes.stored],
      },
    ])
  })

  it.each([
    ['undefined', () => undefined],
    ['an invalid Date', () => new Date(Number.NaN)],
    [
      'itself',
      function (this: unknown) {
        return this
      },
    ],
  ])('are refused, alone and inside an array, when their own conversion gives %s', async (_, toPostgres) => {
    const { database } = await openThroughProxy(cloned.url)
    await using session = database.session()
    for (const value of [{ toPostgres }, ['fine', { toPostgres }]]) {
      expect(await failureOf(sql`select ${value}`.execute(session))).toBeInstanceOf(UsageError)
    }
    expect(database.engine.stats().acquired).toBe(0)
  })

  it('come back as they went when they can be stored', async () => {
    const { database } = await openThroughProxy(cloned.url)
    await using session = database.session()
    const at = new Date('2026-11-20T12:34:56.789Z')
    const { rows } =
      await sql`select ${'ü€😀'}::text as text, ${null}::text as nothing, ${12n}::bigint as big,
      ${at}::timestamptz as at, ${Buffer.from([0, 255])}::bytea as bytes, ${true}::boolean as yes,
      ${[1, null, 3]}::int[] as numbers, ${{ a: [1] }}::jsonb as json`.execute(session)
    expect(rows).toEqual([
      {
        text: 'ü€😀',
        nothing: null,
        big: 12n,
        at,
        bytes: Buffer.from([0, 255]),
        yes: true,
        numbers: [1, null, 3],
        json: { a: [1] },
      },
    ])
  })
})

function circular(): object {
  const ring: Record<string, unknown> = {}
  ring['itself'] = ring
  return ring
}

/** An application's own type, which says how it is stored. */
class Price {
  readonly stored: unknown

  constructor(stored: unknown) {
    this.stored = stored
  }

  toPostgres(): unknown {
    return this.stored
  }
}
