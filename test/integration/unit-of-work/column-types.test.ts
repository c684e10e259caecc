import { describe, expect, it } from 'vitest'
import { Metadata } from '../../../src/metadata/metadata.js'
import { domain } from '../../../src/metadata/domain.js'
import { enumType } from '../../../src/metadata/enum-type.js'
import { box, circle, point } from '../../../src/metadata/geometric-columns.js'
import {
  bigint,
  bigintNumber,
  bigintString,
  doublePrecision,
  integer,
  money,
  numeric,
  real,
  smallint,
} from '../../../src/metadata/number-columns.js'
import { daterange, int4multirange, tstzrange } from '../../../src/metadata/range-columns.js'
import { table } from '../../../src/metadata/table.js'
import {
  bit,
  char,
  cidr,
  inet,
  macaddr,
  text,
  tsvector,
  uuid,
  varbit,
  varchar,
  xml,
} from '../../../src/metadata/text-columns.js'
import { date, interval, time, timestamp, timestamptz, timetz } from '../../../src/metadata/time-columns.js'
import { boolean, bytea, json, jsonb, type } from '../../../src/metadata/value-columns.js'
import { cloneDatabase } from '../../support/clone-database.js'
import { testSessions } from './unit-of-work-harness.js'

const mood = enumType('mood', ['sad', 'very happy'])
const year = domain('year', integer().check('VALUE between 1901 and 2155'))
const word = domain('word', varchar(5))
const words = domain('words', text().array())

const everything = table('everything', {
  id: integer().identity().primaryKey(),
  small: smallint(),
  whole: integer(),
  large: bigint(),
  largeNumber: bigintNumber(),
  largeText: bigintString(),
  exact: numeric(10, 2),
  single: real(),
  double: doublePrecision(),
  cash: money(),
  yes: boolean(),
  plain: text(),
  short: varchar(5),
  fixed: char(3),
  flags: bit(4),
  someFlags: varbit(8),
  uid: uuid(),
  host: inet(),
  net: cidr(),
  mac: macaddr(),
  doc: xml(),
  search: tsvector(),
  bytes: bytea(),
  day: date(),
  clock: time(),
  clockZone: timetz(),
  local: timestamp(),
  moment: timestamptz(),
  span: interval(),
  asJson: json(),
  asJsonb: jsonb(),
  feeling: mood(),
  born: year(),
  term: word(),
  terms: words(),
  days: daterange(),
  moments: tstzrange(),
  several: int4multirange(),
  spot: point(),
  ring: circle(),
  area: box(),
  pair: type('int4range'),
  numbers: integer().array(),
  larges: bigint().array(),
  largeNumbers: bigintNumber().array(),
  grid: text().array().array(),
  feelings: mood().array(),
  shorts: varchar(5).array(),
  moreJson: jsonb().array(),
  moreBytes: bytea().array(),
  moments2: timestamptz().array(),
  boxes: box().array(),
  ranges: daterange().array(),
})
type Everything = Partial<Record<Exclude<keyof typeof everything, '$'>, unknown>>

const moment = new Date('2026-11-20T12:34:56.789Z')
const full: Everything = {
  small: -7,
  whole: 2 ** 31 - 1,
  large: 9_007_199_254_740_993n,
  largeNumber: 42,
  largeText: '42',
  exact: '12.30',
  single: 0.5,
  double: -1.5e300,
  cash: '$1,000.00',
  yes: false,
  plain: 'quo"te \\ back, {brace} NULL \n',
  short: 'NULL',
  fixed: 'abc',
  flags: '1010',
  someFlags: '10101',
  uid: '0e37df36-f698-11e6-8dd4-cb9ced3df976',
  host: '10.0.0.1',
  net: '10.0.0.0/8',
  mac: '08:00:2b:01:02:03',
  doc: '<a b="c">d</a>',
  search: "'fat' 'rat'",
  bytes: Buffer.from([0, 1, 254, 255]),
  day: '2026-11-20',
  clock: '12:34:56.789',
  clockZone: '12:34:56+02',
  local: moment,
  moment,
  span: '1 day 02:03:04',
  asJson: { text: 'a"b\\c', list: [1, null, { deep: true }] },
  asJsonb: ['an', 'array', { is: 'json' }],
  feeling: 'very happy',
  born: 1999,
  term: 'abc',
  terms: ['a', 'b,c', null],
  days: '[2026-01-01,2026-02-01)',
  moments: '["2026-01-01 00:00:00+00","2026-02-01 00:00:00+00")',
  several: '{[1,3),[5,7)}',
  spot: { x: 1.5, y: -2 },
  ring: { x: 1, y: 2, radius: 3 },
  area: '(2,2),(0,0)',
  pair: '[1,4)',
  numbers: [1, null, 3],
  larges: [1n, null],
  largeNumbers: [1, 2],
  grid: [
    ['a', 'b"'],
    ['c\\', null],
  ],
  feelings: ['sad', 'very happy', null],
  shorts: ['a', 'b'],
  moreJson: [{ a: 1 }, ['b'], null],
  moreBytes: [Buffer.from([1, 2]), null],
  moments2: [moment, null],
  boxes: ['(2,2),(0,0)', '(4,4),(3,3)'],
  ranges: ['[2026-01-01,2026-02-01)', null],
}

const metadata = new Metadata({ tables: { everything } })
const database = cloneDatabase()
const open = testSessions(database, metadata)
const row = (values: Everything): never => values as never

describe('a column of any type', () => {
  it('is read as it was written, in bulk, and is not modified by that', async () => {
    const session = open()
    const { objects } = session
    const added = objects.addAll(everything, [row(full), row({}), row(full)])
    await session.commit()
    objects.expungeAll()
    const loaded = await objects.getOne(everything, 1)
    const nulls = await objects.getOne(everything, 2)
    expect(loaded).toEqual({ id: 1, ...full })
    expect(added[0]).toEqual(loaded)
    expect(new Set(Object.values(nulls).slice(1))).toEqual(new Set([null]))
    expect(objects.dirty).toEqual([])
  })

  it('is changed, one statement for each set of columns, and comes back so', async () => {
    const session = open()
    const { objects } = session
    objects.addAll(everything, [row({}), row({})])
    await session.commit()
    const [one, two] = [await objects.getOne(everything, 1), await objects.getOne(everything, 2)]
    session.sent.length = 0
    Object.assign(one, structuredClone({ ...full, bytes: null, moreBytes: null }))
    Object.assign(two, full)
    expect(objects.dirty).toHaveLength(2)
    await session.commit()
    objects.expungeAll()
    expect(await objects.getOne(everything, 2)).toEqual({ id: 2, ...full })
  })

  it('notices a change inside dates, bytes, arrays and documents', async () => {
    const session = open()
    const { objects } = session
    objects.add(everything, row(full))
    await session.commit()
    objects.expungeAll()
    const loaded = (await objects.getOne(everything, 1)) as unknown as typeof full & Record<string, never>
    const changes: readonly (() => unknown)[] = [
      () => (loaded.moment as Date).setFullYear(1999),
      () => (loaded.bytes as Buffer).fill(9),
      () => (loaded.numbers as unknown[]).push(4),
      () => ((loaded.asJson as { list: unknown[] }).list[2] = { deep: false }),
      () => ((loaded.grid as unknown[][])[1]![1] = 'd'),
      () => ((loaded.spot as { x: number }).x = 7),
    ]
    for (const change of changes) {
      expect(objects.isModified(loaded)).toBe(false)
      change()
      expect(objects.isModified(loaded)).toBe(true)
      await objects.flush()
      expect(objects.isModified(loaded)).toBe(false)
    }
    const values = structuredClone(loaded.asJson)
    await objects.refresh(loaded)
    expect(loaded.asJson).toEqual(values)
    expect((loaded.moment as Date).getFullYear()).toBe(1999)
  })

  it.each([
    ['short', 'too long'],
    ['shorts', ['too long']],
    ['term', 'too long'],
    ['flags', '101'],
    ['born', 1500],
    ['fixed', 'abcd'],
  ] as const)('refuses what does not fit: %s', async (key, value) => {
    const session = open()
    session.objects.add(everything, row({ [key]: value }))
    const failure = await session.objects.flush().catch((error: unknown) => error)
    // A domain's own length is applied by the cast to it, as in any other cast (PostgreSQL manual, CREATE DOMAIN).
    if (key === 'term') expect(failure).toBeDefined()
    else expect(failure).toMatchObject({ code: expect.stringMatching(/DATA_ERROR|CHECK_VIOLATION/) })
  })

  it('takes the other forms that may be written, and holds what is read afterwards', async () => {
    const session = open()
    const { objects } = session
    const added = objects.add(
      everything,
      row({
        large: 5,
        largeNumber: 5n,
        exact: 1.5,
        moment: '2026-11-20T00:00:00Z',
        bytes: new Uint8Array([1]),
        spot: '(1,2)',
        uid: '0E37DF36-F698-11E6-8DD4-CB9CED3DF976',
      }),
    )
    await session.commit()
    expect(added).toMatchObject({
      large: 5n,
      largeNumber: 5,
      exact: '1.50',
      moment: new Date('2026-11-20T00:00:00Z'),
      bytes: Buffer.from([1]),
      spot: { x: 1, y: 2 },
    })
    expect(objects.dirty).toEqual([])
  })
})
