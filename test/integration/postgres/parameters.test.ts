import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { resolveOptions } from '../../../src/config/resolve-options.js'
import { Engine } from '../../../src/engine/engine.js'
import type { Lease } from '../../../src/engine/lease.js'
import { cloneDatabase } from '../../support/clone-database.js'
import { rowsOf, sendGroup } from '../engine/run-statements.js'
import { pastPooler } from '../../support/via.js'

const database = cloneDatabase()
let engine: Engine
let lease: Lease

beforeAll(async () => {
  engine = new Engine(resolveOptions({ url: pastPooler(database.url) }))
  lease = await engine.acquire()
})
afterAll(async () => {
  lease.release()
  await engine.dispose()
})

/** Sends a value as a parameter of a type, and reads it back. */
async function roundTrip(type: string, value: unknown): Promise<unknown> {
  const [row] = await rowsOf<{ value: unknown }>(lease, `select $1::${type} as value`, value)
  return row!.value
}

/** The text that the server makes of a parameter of a type. */
async function asServerText(type: string, value: unknown): Promise<unknown> {
  const [row] = await rowsOf<{ value: unknown }>(lease, `select $1::${type}::text as value`, value)
  return row!.value
}

const anyText = fc.string({ unit: 'binary' }).map((text) => text.replaceAll('\0', ''))
/** Numbers that PostgreSQL's jsonb keeps as they are; it has no -0 and no exponent below that of numeric. */
const anyJson = fc
  .jsonValue({ noUnicodeString: false })
  .filter((value) => !/\\u0000|\\ud[89a-f]/.test(JSON.stringify(value)))

describe('A parameter', () => {
  it.each([
    ['int4', 2_147_483_647],
    ['int4', -2_147_483_648],
    ['float8', 0.1],
    ['float8', Number.MIN_VALUE],
    ['float8', Number.MAX_VALUE],
    ['float8', Number.NaN],
    ['float8', Number.NEGATIVE_INFINITY],
    ['int8', 9_223_372_036_854_775_807n],
    ['int8', -9_223_372_036_854_775_808n],
    ['int8', 0n],
    ['bool', true],
    ['bool', false],
    ['text', ''],
    ['text', 'it\'s \\ " $1 -- ; \t\r\n'],
    ['text', 'a é 語 😀 \u{10ffff}'],
    ['text', null],
    ['int4', null],
    ['bytea', Buffer.alloc(0)],
    ['bytea', Buffer.from(Array.from({ length: 256 }, (_, byte) => byte))],
    ['int4[]', [1, null, 3]],
    [
      'int4[]',
      [
        [1, 2],
        [3, 4],
      ],
    ],
    ['int8[]', [1n, null, -9_223_372_036_854_775_808n]],
    ['float8[]', [0.5, Number.NaN, Number.POSITIVE_INFINITY]],
    ['bool[]', [true, null, false]],
    ['text[]', []],
    ['text[]', ['', 'NULL', 'null', null, '{}', 'a,b', '"', '\\', "'", ' x ', '語']],
    ['text[]', [[['a'], ['b']]]],
    ['bytea[]', [Buffer.from([0, 255]), null, Buffer.alloc(0)]],
    ['json', { a: [1, null, { b: 'é' }], c: {} }],
    ['jsonb', { a: [1, null, { b: 'é' }], c: {} }],
    ['jsonb', { __proto__x: 1, constructor: 2 }],
  ])('of type %s arrives as it was: %o', async (type, value) => {
    expect(await roundTrip(type, value)).toEqual(value)
  })

  it('that is any text arrives as it was', async () => {
    await fc.assert(
      fc.asyncProperty(anyText, async (text) => {
        expect(await roundTrip('text', text)).toBe(text)
      }),
      { numRuns: 150 },
    )
  })

  it('that is any array of texts arrives as it was', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.option(anyText)), async (texts) => {
        expect(await roundTrip('text[]', texts)).toEqual(texts)
      }),
      { numRuns: 150 },
    )
  })

  it('that is any buffer arrives as it was', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 2_000 }), async (bytes) => {
        expect(await roundTrip('bytea', Buffer.from(bytes))).toEqual(Buffer.from(bytes))
      }),
      { numRuns: 80 },
    )
  })

  it('that is any JSON object arrives as it was', async () => {
    await fc.assert(
      fc.asyncProperty(anyJson, async (content) => {
        const sent = { content }
        expect(JSON.stringify(await roundTrip('json', sent))).toBe(JSON.stringify(sent))
      }),
      { numRuns: 80 },
    )
  })

  it('that is any bigint of 64 bits, alone or in arrays of arrays, arrives as it was', async () => {
    const anyInt8 = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })
    await fc.assert(
      fc.asyncProperty(fc.tuple(anyInt8, anyInt8), async ([one, two]) => {
        expect(await roundTrip('int8', one)).toBe(one)
        expect(await roundTrip('int8[]', [[one], [two]])).toEqual([[one], [two]])
      }),
      { numRuns: 30 },
    )
  })

  it.each([
    '2026-11-20T13:14:15.678Z',
    '1969-12-31T23:59:59.999Z',
    '0001-01-01T00:00:00.000Z',
    '9999-12-31T23:59:59.999Z',
  ])('that is the Date %s arrives as the same instant', async (iso) => {
    const date = new Date(iso)
    expect(await roundTrip('timestamptz', date)).toEqual(date)
    expect(await roundTrip('timestamptz[]', [date, null])).toEqual([date, null])
  })

  it('that is a Date before Christ arrives as the same instant', async () => {
    const date = new Date(Date.UTC(-43, 2, 15))
    expect(await roundTrip('timestamptz', date)).toEqual(date)
    const [row] = await rowsOf(lease, "select ($1::timestamptz at time zone 'UTC')::text as value", date)
    expect(row).toEqual({ value: '0044-03-15 00:00:00 BC' })
  })

  it('that says itself how to be stored is stored so', async () => {
    const point = { x: 1, y: 2, toPostgres: () => '(1,2)' }
    expect(await asServerText('point', point)).toBe('(1,2)')
    expect(await asServerText('point[]', [point, null])).toBe('{"(1,2)",NULL}')
  })

  it('that is a typed array arrives as its bytes', async () => {
    const view = new Uint8Array(Buffer.from('xabcx')).subarray(1, 4)
    expect(await roundTrip('bytea', view)).toEqual(Buffer.from('abc'))
  })

  it('of a megabyte arrives whole, as text, as bytes and as JSON', async () => {
    const text = 'é😀x'.repeat(1024 * 150)
    expect((await roundTrip('text', text)) === text).toBe(true)
    expect(Buffer.from(text).equals((await roundTrip('bytea', Buffer.from(text))) as Buffer)).toBe(true)
    expect(((await roundTrip('jsonb', { text })) as { text: string }).text === text).toBe(true)
  })

  it('may be one of 65,535', async () => {
    const values = Array.from({ length: 65_535 }, (_, index) => index)
    const marks = values.map((index) => `($${index + 1}::int)`).join(',')
    const [row] = await rowsOf(lease, `select sum(v)::int as sum from (values ${marks}) as t(v)`, ...values)
    expect(row).toEqual({ sum: (65_535 * 65_534) / 2 })
  })

  // S12: one statement a text, so that nothing can be smuggled behind a semicolon.
  it('cannot be followed by a second statement', async () => {
    const group = await sendGroup(lease, 'select 1; delete from account')
    expect(group.error).toMatchObject({ sqlState: '42601' })
    expect(await database.query('select count(*)::int as count from account')).toEqual([{ count: 20 }])
  })

  it('whose type does not fit fails alone, without its value in the message, and costs no connection', async () => {
    const { processId } = lease
    const group = await sendGroup(lease, ['select $1::int as value', 'S3cr!et'])
    expect(group.error).toMatchObject({ sqlState: '22P02' })
    expect(group.error!.message).not.toContain('S3cr!et')
    expect(group.status).toBe('I')
    expect(await roundTrip('text', 'next')).toBe('next')
    expect(lease.processId).toBe(processId)
  })
})

describe('A parameter with standard_conforming_strings off', () => {
  // S12: values travel beside the text, so no escaping rule of the server can turn them into SQL.
  it.each(["\\'; delete from account; --", "'||(select 1)||'", '\\\\'])('stays a value: %j', async (text) => {
    await sendGroup(lease, 'set standard_conforming_strings = off')
    try {
      expect(await roundTrip('text', text)).toBe(text)
    } finally {
      await sendGroup(lease, 'reset standard_conforming_strings')
    }
  })
})
