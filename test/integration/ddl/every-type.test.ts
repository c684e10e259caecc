import { describe, expect, inject, it } from 'vitest'
import type { AnyColumn } from '../../../src/metadata/column.js'
import { domain } from '../../../src/metadata/domain.js'
import { enumType } from '../../../src/metadata/enum-type.js'
import { extension } from '../../../src/metadata/extension.js'
import * as geometric from '../../../src/metadata/geometric-columns.js'
import { Metadata } from '../../../src/metadata/metadata.js'
import * as numbers from '../../../src/metadata/number-columns.js'
import * as ranges from '../../../src/metadata/range-columns.js'
import * as system from '../../../src/metadata/system-columns.js'
import { table } from '../../../src/metadata/table.js'
import * as texts from '../../../src/metadata/text-columns.js'
import * as times from '../../../src/metadata/time-columns.js'
import * as values from '../../../src/metadata/value-columns.js'
import { cloneDatabase } from '../../support/clone-database.js'
import { createIn } from './create-in.js'

const builders: Readonly<Record<string, () => AnyColumn>> = {
  ...numbers,
  ...texts,
  ...times,
  ...geometric,
  ...ranges,
  ...system,
  boolean: values.boolean,
  bytea: values.bytea,
  json: values.json,
  jsonb: values.jsonb,
}

const mood = enumType('Mood', ['sad', 'ok'], { schema: 'types' })
const year = domain('year', numbers.integer(), { schema: 'types' })

const parameterized: Readonly<Record<string, AnyColumn>> = {
  numeric: numbers.numeric(10, 2),
  numericWhole: numbers.numeric(10),
  varchar: texts.varchar(20),
  char: texts.char(5),
  bit: texts.bit(3),
  varbit: texts.varbit(5),
  time: times.time(3),
  timetz: times.timetz(0),
  timestamp: times.timestamp(6),
  timestamptz: times.timestamptz(3),
  interval: times.interval(undefined, 2),
  intervalYears: times.interval('year to month'),
  intervalSeconds: times.interval('day to second', 3),
  array: texts.text().array(),
  parameterizedArray: texts.varchar(20).array(),
  enum: mood(),
  enumArray: mood().array(),
  domain: year(),
  domainArray: year().array(),
  named: values.type('xid'),
}

describe('A column', () => {
  const database = cloneDatabase()

  it('is called in the description what format_type calls its type, for every builder there is', async () => {
    const bare = Object.entries(builders).map(([key, build]) => [`bare_${key}`, build()] as const)
    const newer = inject('serverVersion') < 15 ? {} : { numericNegative: numbers.numeric(3, -2) }
    const all = table('every_type', { ...Object.fromEntries(bare), ...parameterized, ...newer })
    const metadata = new Metadata({
      schema: 'types',
      tables: { all },
      extensions: [extension('citext', { schema: 'public' })],
    })
    await createIn(database.url, metadata)
    const rows = await database.query<{ name: string; type: string }>(
      `select attname as name, format_type(atttypid, atttypmod) as type from pg_attribute
        where attrelid = 'types.every_type'::regclass and attnum > 0 order by attnum`,
    )
    const described = metadata.description.tables[0]?.columns.map(({ name, type }) => {
      const declared = { enum: 'types."Mood"', domain: 'types.year', builtin: type.name }[type.kind]
      return { name, type: declared + '[]'.repeat(type.dimensions) }
    })
    expect(described).toEqual(rows)
    expect(rows.length).toBeGreaterThan(75)
  })

  it.each([
    ['text', texts.text().default('it\'s \\ "x"'), 'it\'s \\ "x"'],
    ['bigint', numbers.bigint().default(-(2n ** 63n)), String(-(2n ** 63n))],
    ['double precision', numbers.doublePrecision().default(Number.POSITIVE_INFINITY), 'Infinity'],
    ['boolean', values.boolean().default(false), 'false'],
    ['timestamptz', times.timestamptz().default(new Date(0)), '1970-01-01 00:00:00+00'],
    ['bytea', values.bytea().default(Uint8Array.of(0, 255)), '\\x00ff'],
    ['jsonb', values.jsonb().default({ a: ["it's", null] }), `{"a": ["it's", null]}`],
    ['a jsonb array', values.jsonb().default([1, 'x']), '[1, "x"]'],
    [
      'text[]',
      texts.text().array().default(['a,b', 'c"d', '\\', '', 'NULL']),
      String.raw`{"a,b","c\"d","\\","","NULL"}`,
    ],
    ['an empty array', numbers.integer().array().default([]), '{}'],
    [
      'integer[][]',
      numbers
        .integer()
        .array()
        .array()
        .default([
          [1, 2],
          [3, 4],
        ]),
      '{{1,2},{3,4}}',
    ],
    [
      'jsonb[]',
      values
        .jsonb()
        .array()
        .default([{ a: 1 }, [2], 'x"y']),
      String.raw`{"{\"a\": 1}",[2],"\"x\\\"y\""}`,
    ],
    ['an enum', mood().default('ok'), 'ok'],
  ] as const)('gives new rows its default, for %s', async (_type, column, text) => {
    await createIn(
      database.url,
      new Metadata({ schema: 'defaults', tables: { t: table('t', { value: column }) } }),
    )
    await database.query(`set timezone to 'UTC'`)
    const rows = await database.query(`insert into defaults.t default values returning value::text as value`)
    await database.query('drop schema defaults cascade')
    await database.query('drop schema if exists types cascade')
    expect(rows).toEqual([{ value: text }])
  })
})
