import { afterEach, beforeAll, describe, expect, it } from 'vitest'
import {
  AsyncDatabase,
  bigint,
  ConfigurationError,
  integer,
  Metadata,
  OperationAbortedError,
  sequence,
  table,
  text,
  UniqueViolationError,
  UsageError,
  uuid,
  type BulkInsertOptions,
  type BulkInsertProgress,
  type Session,
} from '../../../src/index.js'
import { sql } from 'kysely'
import { cloneDatabase } from '../../support/clone-database.js'
import { via } from '../../support/via.js'
import { everything, full, type Everything } from './every-type.js'

const songs = table('songs', {
  id: bigint().identityAlways().primaryKey(),
  name: text().notNull().unique(),
  plays: integer().notNull().default(7),
  version: integer().version(),
})
const tokens = table('tokens', {
  id: uuid()
    .primaryKey()
    .default(sql`gen_random_uuid()`),
  label: text(),
})
const entries = table('entries', { label: text().notNull(), at: integer() })
const guarded = table('guarded', { id: integer().primaryKey() }, { rowLevelSecurity: 'force' })
const tickets = table('tickets', {
  id: integer()
    .primaryKey()
    .default(sql`nextval('ticket_numbers')`),
  label: text(),
})
const ticketNumbers = sequence('ticket_numbers')
const metadata = new Metadata({
  tables: { songs, tokens, entries, guarded, tickets, everything },
  sequences: [ticketNumbers],
})
const cloned = cloneDatabase()
const opened: AsyncDatabase<unknown>[] = []

function open(): Session<unknown> {
  const database = new AsyncDatabase<unknown>({ ...via(cloned.url), metadata })
  opened.push(database)
  return database.session()
}

beforeAll(async () => {
  await using database = new AsyncDatabase<unknown>({ ...via(cloned.url), metadata })
  await database.createAll()
})
afterEach(async () => {
  await Promise.all(opened.splice(0).map((database) => database.close({ graceMillis: 0 })))
  await cloned.query('truncate songs, tokens, entries, tickets, everything restart identity')
})

const named = (count: number) =>
  Array.from({ length: count }, (_, index) => ({ name: `song ${String(index)}` }))
const count = async (name: string) =>
  (await cloned.query<{ n: number }>(`select count(*)::int as n from ${name}`))[0]?.n

describe('Session.bulkInsert', () => {
  it('inserts few rows from arrays and many by COPY, and says what it did', async () => {
    const session = open()
    expect(await session.bulkInsert(songs, named(3))).toEqual({
      sent: 3,
      written: 3,
      chunks: 1,
      copied: 0,
      rows: [],
    })
    const report = await session.bulkInsert(
      entries,
      Array.from({ length: 1_000 }, (_, at) => ({ label: 'x', at })),
      { chunkSize: 600 },
    )
    expect(report).toMatchObject({ sent: 1_000, written: 1_000, chunks: 2, copied: 600 })
    expect(await count('entries')).toBe(0)
    await session.commit()
    expect([await count('songs'), await count('entries')]).toEqual([3, 1_000])
  })

  it('gives columns that are left out their defaults, also where some rows have them', async () => {
    const session = open()
    const rows = [
      { name: 'a' },
      { name: 'b', plays: 1 },
      { name: 'c', plays: undefined as unknown as number },
      { name: 'd', plays: 2 },
    ]
    await session.bulkInsert(songs, rows)
    await session.commit()
    expect(await cloned.query('select name, plays, version from songs order by name')).toEqual([
      { name: 'a', plays: 7, version: 1 },
      { name: 'b', plays: 1, version: 1 },
      { name: 'c', plays: 7, version: 1 },
      { name: 'd', plays: 2, version: 1 },
    ])
  })

  it.each([
    ['a number of its own', songs, 'name'],
    ['a computed key', tokens, 'label'],
    ['a default of the application', tickets, 'label'],
  ] as const)('gives back generated keys in the order of the rows: %s', async (_, target, key) => {
    const session = open()
    const rows = Array.from({ length: 700 }, (_, index) => ({ [key]: `row ${String((index * 617) % 700)}` }))
    const report = await session.bulkInsert(target, rows as never, { returning: ['id'], chunkSize: 300 })
    await session.commit()
    const stored = await cloned.query<{ id: string; k: string }>(
      `select id::text, ${key} as k from ${target.$.name}`,
    )
    const byId = new Map(stored.map(({ id, k }) => [id, k]))
    expect(report.rows).toHaveLength(700)
    expect(report.rows.map((row) => byId.get(String(row.id)))).toEqual(rows.map((row) => row[key]))
  })

  it('gives back the rows in order also where they have values for different columns', async () => {
    const session = open()
    const rows = Array.from({ length: 9 }, (_, index) =>
      index % 2 === 0 ? { name: String(index) } : { name: String(index), plays: index },
    )
    const report = await session.bulkInsert(songs, rows, { returning: ['name', 'plays'], chunkSize: 4 })
    expect(report.rows.map(({ name }) => name)).toEqual(rows.map(({ name }) => name))
    expect(report.rows[3]).toEqual({ name: '3', plays: 3 })
  })

  it('gives back what was asked for, of a table without a primary key too', async () => {
    const session = open()
    const { rows } = await session.bulkInsert(
      entries,
      [
        { label: 'a', at: 1 },
        { label: 'b', at: null },
      ],
      { returning: ['at', 'label'] },
    )
    expect(rows).toEqual([
      { label: 'a', at: 1 },
      { label: 'b', at: null },
    ])
  })

  it.each(['copy', 'insert'] as const)('stores every type of column as a flush does: %s', async (method) => {
    const row = (values: Everything): never => values as never
    const session = open()
    await session.bulkInsert(everything, [row(full), row({ plain: 'only' }), row(full)], { method })
    const loaded = await session.getOne(everything, 1)
    expect(loaded).toEqual({ id: 1, ...full })
    // Rows with values for other columns are a statement of their own.
    expect(await session.getOne(everything, 2)).toEqual({ ...full, id: 2 })
    expect((await session.getOne(everything, 3)).plain).toBe('only')
    for (const nasty of ['', '\\N', '\\.', 'a\tb', 'a\nb', 'a\r\nb', '\\', 'NULL', '"', ' x ', 'ä😀\u2028']) {
      await session.bulkInsert(entries, [{ label: nasty }], { method })
    }
    const { rows } = await session.bulkInsert(entries, [], { returning: ['label'] })
    expect(rows).toEqual([])
    await session.commit()
    expect(
      (await cloned.query<{ label: string }>('select label from entries')).map(({ label }) => label),
    ).toEqual(['', '\\N', '\\.', 'a\tb', 'a\nb', 'a\r\nb', '\\', 'NULL', '"', ' x ', 'ä😀\u2028'])
  })

  it('leaves out rows that are there, or writes over them, as onConflict says', async () => {
    const session = open()
    await session.bulkInsert(songs, [{ name: 'a' }, { name: 'b', plays: 3 }])
    const ignored = await session.bulkInsert(songs, [{ name: 'a' }, { name: 'c' }], { onConflict: 'ignore' })
    expect(ignored).toMatchObject({ sent: 2, written: 1 })
    const updated = await session.bulkInsert(
      songs,
      [
        { name: 'a', plays: 40 },
        { name: 'd', plays: 50 },
      ],
      { onConflict: { columns: ['name'], update: ['plays'] }, returning: ['name', 'plays'] },
    )
    expect(updated.rows.toSorted((left, right) => left.plays - right.plays)).toEqual([
      { name: 'a', plays: 40 },
      { name: 'd', plays: 50 },
    ])
    await session.bulkInsert(songs, [{ name: 'b', plays: 9 }], {
      onConflict: { columns: ['name'], update: 'all' },
    })
    await session.bulkInsert(songs, [{ name: 'b', plays: 1 }], { onConflict: { columns: ['name'] } })
    await session.commit()
    expect(await cloned.query('select name, plays, version from songs order by name')).toEqual([
      { name: 'a', plays: 40, version: 2 },
      { name: 'b', plays: 9, version: 2 },
      { name: 'c', plays: 7, version: 1 },
      { name: 'd', plays: 50, version: 1 },
    ])
  })

  it('reads an async iterable chunk by chunk and reports after each', async () => {
    const session = open()
    const seen: BulkInsertProgress[] = []
    async function* source() {
      for (let index = 0; index < 1_250; index++) yield { label: String(index) }
    }
    const report = await session.bulkInsert(entries, source(), {
      chunkSize: 500,
      onProgress: (progress) => seen.push(progress),
    })
    expect(seen.map(({ sent }) => sent)).toEqual([500, 1_000, 1_250])
    expect(report).toMatchObject({ sent: 1_250, copied: 1_000, chunks: 3 })
  })

  it('ends between two chunks when the signal says so, closes the source, and says how far it came', async () => {
    const session = open()
    const stop = new AbortController()
    let isClosed = false
    async function* endless() {
      try {
        for (;;) yield { label: 'x' }
      } finally {
        isClosed = true
      }
    }
    const failure = await session
      .bulkInsert(entries, endless(), {
        chunkSize: 100,
        signal: stop.signal,
        onProgress: ({ chunks }) => {
          if (chunks === 3) stop.abort(new Error('enough'))
        },
      })
      .catch((error: unknown) => error)
    expect(failure).toBeInstanceOf(OperationAbortedError)
    const { context, message } = failure as OperationAbortedError
    expect(message).toContain(`after ${String(context['sent'])} rows`)
    expect(isClosed).toBe(true)
    await session.commit()
    expect(await count('entries')).toBe(context['sent'])
  })

  it('does not wait for a source that gives nothing once the signal was aborted', async () => {
    const session = open()
    const stop = new AbortController()
    const silent: AsyncIterable<{ label: string }> = {
      [Symbol.asyncIterator]: () => ({ next: () => new Promise(() => undefined) }),
    }
    const insert = session.bulkInsert(entries, silent, { signal: stop.signal })
    stop.abort()
    await expect(insert).rejects.toThrow(/after 0 rows in 0 chunks/)
  })

  it('throws what the source throws, once the chunk under way is answered', async () => {
    const session = open()
    async function* broken() {
      for (let index = 0; index < 10; index++) yield { label: 'x' }
      throw new RangeError('the file ends here')
    }
    await expect(session.bulkInsert(entries, broken(), { chunkSize: 10 })).rejects.toThrow(RangeError)
    await session.commit()
    expect(await count('entries')).toBe(10)
  })

  it.each(['copy', 'insert'] as const)(
    'throws what the server refused, and nothing stays: %s',
    async (method) => {
      const session = open()
      const rows = [...named(600), { name: 'song 5' }]
      const failure = await session.bulkInsert(songs, rows, { method }).catch((error: unknown) => error)
      expect(failure).toBeInstanceOf(UniqueViolationError)
      expect(session.state).toBe('aborted')
      await session.rollback()
      expect(await count('songs')).toBe(0)
      await session.bulkInsert(songs, named(2), { method })
      await session.commit()
      expect(await count('songs')).toBe(2)
    },
  )

  it('does not show the values of a row that COPY could not read', async () => {
    const session = open()
    const secret = 'correct horse battery staple'
    const failure = await session
      .bulkInsert(entries, [{ label: 'a', at: secret as unknown as number }], { method: 'copy' })
      .catch((error: unknown) => error)
    expect(String(failure)).not.toContain(secret)
    expect(JSON.stringify(failure)).not.toContain(secret)
    expect(failure).toMatchObject({ code: 'DATA_ERROR' })
  })

  it('does not COPY where policies apply', async () => {
    const role = `reader_${String(process.pid)}`
    await cloned.query(`create role ${role}; grant all on guarded to ${role}`)
    await cloned.query('create policy everything_goes on guarded using (true)')
    try {
      const database = new AsyncDatabase<unknown>({ ...via(cloned.url), metadata })
      opened.push(database)
      await using session = database.session({ role })
      const rows = Array.from({ length: 600 }, (_, id) => ({ id }))
      await expect(session.bulkInsert(guarded, rows, { method: 'copy' })).rejects.toThrow(/policies/)
      expect(await session.bulkInsert(guarded, rows)).toMatchObject({ copied: 0, written: 600 })
    } finally {
      await cloned.query(`drop owned by ${role}; drop role ${role}`)
    }
  })

  it.each([
    [{ chunkSize: 0 }, ConfigurationError],
    [{ method: 'fast' }, ConfigurationError],
    [{ chunksize: 5 }, /chunkSize/],
    [{ returning: ['nme'] }, /Did you mean name\?/],
    [{ onConflict: { columns: [] } }, UsageError],
    [{ method: 'copy', onConflict: 'ignore' }, /can't use COPY/],
  ])('refuses options that make no sense: %j', async (options, expected) => {
    const insert = open().bulkInsert(
      songs,
      [{ name: 'a' }],
      options as BulkInsertOptions<typeof songs, 'name'>,
    )
    await expect(insert).rejects.toThrow(expected)
  })

  it('refuses a row with a column that the table does not have, before it sends anything', async () => {
    const session = open()
    await expect(session.bulkInsert(songs, [{ nmae: 'a' } as never])).rejects.toThrow(/Did you mean name\?/)
    await expect(session.bulkInsert(songs, [{ name: 'a\u0000' }], { method: 'copy' })).rejects.toThrow(/NUL/)
    await session.commit()
    expect(await count('songs')).toBe(0)
  })

  it('runs inside the transaction, savepoints included', async () => {
    const session = open()
    await session
      .beginNested(async () => {
        await session.bulkInsert(songs, named(600))
        throw new Error('business')
      })
      .catch(() => undefined)
    await session.bulkInsert(songs, named(1))
    await session.commit()
    expect(await count('songs')).toBe(1)
  })
})
