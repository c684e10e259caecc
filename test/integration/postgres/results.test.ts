import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { resolveOptions } from '../../../src/config/resolve-options.js'
import { Engine } from '../../../src/engine/engine.js'
import type { Lease } from '../../../src/engine/lease.js'
import { DisconnectedError } from '../../../src/errors/operational-error.js'
import { UsageError } from '../../../src/errors/usage-error.js'
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

async function valueOf(expression: string): Promise<unknown> {
  const [row] = await rowsOf<{ value: unknown }>(lease, `select ${expression} as value`)
  return row!.value
}

describe('A result', () => {
  it.each([
    ['9223372036854775807::int8', 9_223_372_036_854_775_807n],
    ['(select count(*) from account)', 20n],
    [
      "'{{1,2},{3,4}}'::int8[]",
      [
        [1n, 2n],
        [3n, 4n],
      ],
    ],
    ["'{{1},{2}}'::int8[]", [[1n], [2n]]],
    ["date '2026-11-20'", '2026-11-20'],
    ["date '0044-03-15 BC'", '0044-03-15 BC'],
    ["date 'infinity'", 'infinity'],
    ["interval '1 year 2 months 3 days 04:05:06.789'", '1 year 2 mons 3 days 04:05:06.789'],
    ["array[interval '1 day', null]", ['1 day', null]],
    ['0.10000000000000000001::numeric', '0.10000000000000000001'],
    ["time '13:14:15.123456'", '13:14:15.123456'],
    ['\'{"a": [1, null], "b": "x"}\'::jsonb', { a: [1, null], b: 'x' }],
    ["'null'::json", null],
    ["'550e8400-e29b-41d4-a716-446655440000'::uuid", '550e8400-e29b-41d4-a716-446655440000'],
    ["row(1, 'two')", '(1,two)'],
    ["'1 2'::text::tsvector", "'1' '2'"],
    ['int4range(1, 5)', '[1,5)'],
    ["timestamptz '2026-11-20 12:00:00Z'", new Date('2026-11-20T12:00:00Z')],
  ])('of %s is read without loss', async (expression, value) => {
    expect(await valueOf(expression)).toEqual(value)
  })

  it('has the last of several columns with one name', async () => {
    expect(await rowsOf(lease, 'select 1 as a, 2 as b, 3 as a')).toEqual([{ a: 3, b: 2 }])
    expect(await rowsOf(lease, 'select 1 as a, null::int as a')).toEqual([{ a: null }])
  })

  // S11: the same twice, because the second row of a statement is built from a kept shape.
  it('with a column named __proto__ changes no prototype', async () => {
    for (let run = 0; run < 2; run++) {
      const rows = await rowsOf(
        lease,
        `select '{"polluted":true}'::json as "__proto__", v as a from generate_series(1, 2) as v`,
      )
      expect(rows.map((row) => Object.entries(row))).toEqual([
        [
          ['__proto__', { polluted: true }],
          ['a', 1],
        ],
        [
          ['__proto__', { polluted: true }],
          ['a', 2],
        ],
      ])
      for (const row of rows) expect(Object.getPrototypeOf(row)).toBe(Object.prototype)
    }
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined()
  })

  it('without columns has a row for each row', async () => {
    expect(await rowsOf(lease, 'select from generate_series(1, 3)')).toEqual([{}, {}, {}])
  })

  it('of an empty statement is empty', async () => {
    const group = await sendGroup(lease, '', 'select 1 as one')
    expect(group.outcomes).toMatchObject([
      { command: '', rows: [] },
      { command: 'SELECT', rows: [{ one: 1 }] },
    ])
  })

  it('with no rows has none, and the next one its own', async () => {
    const text = 'select id from account where id = $1'
    expect(await rowsOf(lease, text, -1)).toEqual([])
    expect(await rowsOf(lease, text, 1)).toEqual([{ id: 1 }])
    expect(await rowsOf(lease, text, -1)).toEqual([])
  })

  it('counts the rows that were sent or changed', async () => {
    const group = await sendGroup(
      lease,
      'create temporary table counted (id int)',
      'insert into counted select generate_series(1, 5)',
      'update counted set id = id + 1 where id > 2',
      'delete from counted where id = 1 returning id',
      'select * from counted',
      'drop table counted',
    )
    expect(group.error).toBeUndefined()
    expect(group.outcomes).toMatchObject([
      { command: 'CREATE', rowCount: null },
      { command: 'INSERT', rowCount: 5, numAffectedRows: 5n },
      { command: 'UPDATE', rowCount: 3, numAffectedRows: 3n },
      { command: 'DELETE', rowCount: 1, rows: [{ id: 1 }] },
      { command: 'SELECT', rowCount: 4 },
      { command: 'DROP', rowCount: null },
    ])
  })

  it('of a large table arrives whole and in order', async () => {
    const rows = await rowsOf<{ v: number; t: string }>(
      lease,
      "select v, repeat('x', 100) as t from generate_series(1, 20000) as v",
    )
    expect(rows).toHaveLength(20_000)
    expect(rows.every(({ v, t }, index) => v === index + 1 && t.length === 100)).toBe(true)
  })

  it('survives notices in between', async () => {
    const group = await sendGroup(
      lease,
      "do $$ begin for i in 1..200 loop raise notice 'n %', i; end loop; end $$",
      'select 1 as one',
    )
    expect(group.outcomes.at(-1)).toMatchObject({ rows: [{ one: 1 }] })
  })
})

describe('A value that its parser cannot read', () => {
  it('fails its own statement, the others succeed, and the connection stays in step', async () => {
    const { processId } = lease
    // A bigint that JavaScript can't hold does not exist; a domain over int8[] with bounds does.
    const group = await sendGroup(
      lease,
      'select 1 as one',
      "select '[5:6]={1,2}'::int8[] as value",
      'select 2 as two',
    )
    expect(group.error).toBeUndefined()
    expect(group.status).toBe('I')
    expect(group.outcomes[0]).toMatchObject({ rows: [{ one: 1 }] })
    expect(group.outcomes[2]).toMatchObject({ rows: [{ two: 2 }] })
    expect(await valueOf('1')).toBe(1)
    expect(lease.processId).toBe(processId)
  })
})

describe('COPY as a statement', () => {
  it('from stdin is refused at once, and the connection serves on', async () => {
    const { processId } = lease
    const group = await sendGroup(lease, 'copy account from stdin')
    expect(group.error).toBeInstanceOf(UsageError)
    expect(group).toMatchObject({ outcomes: [], status: 'I' })
    expect(await valueOf('1')).toBe(1)
    expect(lease.processId).toBe(processId)
    expect(await database.query('select count(*)::int as count from account')).toEqual([{ count: 20 }])
  })

  // The server meets the next Parse where it expects rows, and gives the connection up (08P01).
  it('from stdin in the middle of a group is refused too, and nothing that follows is mistaken', async () => {
    const other = await engine.acquire()
    const refused = await sendGroup(other, 'select 0 as zero', 'copy account from stdin', 'select 1 as one')
    const next = await sendGroup(other, 'select 2 as two')
    other.release()
    // Bytes that are still on their way when the server gives up make it reset the connection, which may overtake what
    // it had said: then all that is known is that the connection was lost.
    if (UsageError.is(refused.error)) expect(refused.outcomes).toMatchObject([{ rows: [{ zero: 0 }] }])
    else expect(refused).toMatchObject({ isLost: true, error: expect.any(DisconnectedError) as unknown })
    expect(next).toMatchObject({ isLost: true, outcomes: [] })
    expect(await valueOf('1')).toBe(1)
  })

  it('to stdout sends its rows nowhere, counts them, and leaves the connection in step', async () => {
    const group = await sendGroup(lease, 'copy account to stdout', 'select 1 as one')
    expect(group.outcomes).toMatchObject([
      { command: 'COPY', rowCount: 20, rows: [] },
      { command: 'SELECT', rows: [{ one: 1 }] },
    ])
  })
})
