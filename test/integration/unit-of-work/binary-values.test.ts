import { sql } from 'kysely'
import { beforeAll, describe, expect, it } from 'vitest'
import {
  AsyncDatabase,
  bigint,
  boolean,
  bytea,
  doublePrecision,
  integer,
  json,
  Metadata,
  smallint,
  table,
  text,
  timestamptz,
  UsageError,
  uuid,
  varchar,
  type BulkInsertOptions,
} from '../../../src/index.js'
import { cloneDatabase } from '../../support/clone-database.js'
import { via } from '../../support/via.js'

const samples = table('samples', {
  id: integer().primaryKey(),
  yes: boolean(),
  bytes: bytea(),
  large: bigint(),
  small: smallint(),
  whole: integer(),
  plain: text(),
  doc: json(),
  double: doublePrecision(),
  short: varchar(80),
  moment: timestamptz(),
  uid: uuid(),
})
/** Declared otherwise than it is in the database, where it holds numbers of another form. */
const strangers = table('strangers', { whole: integer(), large: bigint(), name: text() })
const metadata = new Metadata({ tables: { samples, strangers } })
const cloned = cloneDatabase()

/** Values at the ends of what each type holds, and others that are written another way inside. */
const VALUES: Readonly<Record<string, readonly unknown[]>> = {
  yes: [true, false, null, 'yes', 'f'],
  bytes: [Buffer.from([0, 1, 255]), new Uint8Array([7, 8]).subarray(1), Buffer.alloc(0), null, '\\x00ff'],
  large: [
    0n,
    -1n,
    2n ** 63n - 1n,
    -(2n ** 63n),
    12,
    -12,
    2 ** 53 - 1,
    -(2 ** 53) + 1,
    null,
    '123',
    -4294967297,
  ],
  small: [0, -1, 32_767, -32_768, -0, null, '12'],
  whole: [0, 255, 65_536, -1, -257, 2_147_483_647, -2_147_483_648, null, '7'],
  plain: [
    '',
    'plain',
    'häß',
    '🎈 up',
    'x'.repeat(100),
    'ü'.repeat(60),
    '{"a"}\\',
    'line\nline\t',
    null,
    'NULL',
    5,
  ],
  doc: [{ a: [1, 'b', null] }, [1, 2], 'text', 5, true, null],
  double: [0, -0, 1.5, -1e-300, 1.7976931348623157e308, Infinity, -Infinity, NaN, null, '2.5'],
  short: ['', 'short', 'é', null, 12],
  moment: [
    new Date(0),
    new Date('2026-11-21T18:20:00.123Z'),
    new Date('1999-12-31T23:59:59.999Z'),
    new Date('1714-06-13T00:00:00Z'),
    new Date('1713-06-13T00:00:00Z'),
    new Date('9999-12-31T00:00:00Z'),
    null,
    '2020-02-29 12:00:00+02',
    'infinity',
  ],
  uid: [
    'c0ffee00-1234-4abc-8def-0123456789ab',
    'C0FFEE00-1234-4ABC-8DEF-0123456789AB',
    null,
    '{c0ffee00-1234-4abc-8def-0123456789ab}',
  ],
}

function open(): AsyncDatabase<unknown> {
  return new AsyncDatabase<unknown>({ ...via(cloned.url), metadata })
}

/** The rows as the server prints them, whatever way they came; so many of them that arrays travel in binary. */
async function stored(
  key: string,
  values: readonly unknown[],
  options: BulkInsertOptions<typeof samples, never>,
): Promise<string[]> {
  await using database = open()
  await using session = database.session()
  const rows = Array.from({ length: 120 }, (_, id) => ({ id, [key]: values[id % values.length] }))
  await session.bulkInsert(samples, rows as never, options)
  const { rows: printed } = await sql<{
    value: string | null
  }>`select ${sql.ref(key)}::text as value from samples order by id`.execute(session)
  return printed.map(({ value }) => String(value))
}

beforeAll(async () => {
  await using database = open()
  await using session = database.session()
  await sql`create table strangers (whole bigint, large double precision, name text)`.execute(session)
  await session.commit()
  await database.createAll()
})

describe('Values that travel in binary', () => {
  const isNative = (value: unknown): boolean => value === null || typeof value !== 'string'

  for (const [key, values] of Object.entries(VALUES)) {
    // Text takes its own binary way; a value that only text can say would send the whole column there.
    const isText = key === 'plain' || key === 'short' || key === 'uid'
    const natives = values.filter((value) =>
      isText ? value === null || (typeof value === 'string' && !value.startsWith('{c0')) : isNative(value),
    )
    const asText = { method: 'insert', chunkSize: 10 } as const

    it(`are stored as their text would be: ${key}`, async () => {
      const expected = await stored(key, natives, asText)

      expect(await stored(key, natives, { method: 'insert' })).toEqual(expected)
      expect(await stored(key, natives, { method: 'copy' })).toEqual(expected)
    })

    it(`make room for text where one of them has no binary form: ${key}`, async () => {
      const expected = await stored(key, values, asText)

      expect(await stored(key, values, { method: 'insert' })).toEqual(expected)
      expect(await stored(key, values, { method: 'copy' })).toEqual(expected)
    })
  }

  it('are none where the database has another type than was declared, which COPY would not notice', async () => {
    await using database = open()
    await using session = database.session()
    const rows = Array.from({ length: 60 }, (_, index) => ({ whole: index, large: BigInt(index), name: 'n' }))

    await session.bulkInsert(strangers, rows, { method: 'copy' })

    const { rows: sums } =
      await sql`select sum(whole)::text as whole, sum(large) as large from strangers`.execute(session)
    expect(sums).toEqual([{ whole: '1770', large: 1770 }])
  })

  it.each(['insert', 'copy'] as const)('refuse what PostgreSQL can store in no form: %s', async (method) => {
    await using database = open()
    await using session = database.session()
    for (const plain of ['a\u0000b', 'half \ud83c', `long ${'x'.repeat(100)} \u0000`]) {
      const rows = Array.from({ length: 60 }, (_, id) => ({ id, plain }))
      await expect(session.bulkInsert(samples, rows, { method })).rejects.toBeInstanceOf(UsageError)
    }
    const small = Array.from({ length: 60 }, (_, id) => ({ id, small: 32_768 }))
    await expect(session.bulkInsert(samples, small, { method })).rejects.toMatchObject({ sqlState: '22003' })
  })
})
