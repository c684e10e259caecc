import { CompiledQuery, sql } from 'kysely'
import { describe, expect, it } from 'vitest'
import { MultipleResultsFoundError, NoResultFoundError } from '../../../src/errors/result-error.js'
import { ConfigurationError, UsageError } from '../../../src/errors/usage-error.js'
import { cloneDatabase } from '../../support/clone-database.js'
import { failureOf } from './failure-of.js'
import { openDatabase } from './open-database.js'

const cloned = cloneDatabase()
const numbers = (count: number) =>
  sql<{
    n: number
    square: number
  }>`select n, n * n as square from generate_series(1, ${count}::int) n order by n`

describe('Session.execute', () => {
  it('takes a builder, a template and a compiled query, and gives typed rows', async () => {
    await using session = openDatabase(cloned.url).session()
    const builder = session.selectFrom('person').select('name')
    expect((await session.execute(builder)).all()).toEqual([])
    expect((await session.execute(numbers(2))).all()).toEqual([
      { n: 1, square: 1 },
      { n: 2, square: 4 },
    ])
    expect((await session.execute(builder.compile())).rowCount).toBe(0)
    expect((await session.execute(CompiledQuery.raw('select 1 as one'))).scalar()).toBe(1)
  })

  it.each([
    ['text', 'select 1'],
    ['an object as JSON brings it', { sql: 'select 1', parameters: [], query: { kind: 'RawNode' } }],
    ['null', null],
  ])('refuses %s before anything is sent', async (_, query) => {
    const database = openDatabase(cloned.url)
    await using session = database.session()
    expect(await failureOf(session.execute(query as never))).toBeInstanceOf(UsageError)
    expect(database.engine.stats().acquired).toBe(0)
  })

  it('counts the rows that a statement touched', async () => {
    await using session = openDatabase(cloned.url).session()
    const inserted = await session.execute(
      session.insertInto('person').values([{ name: 'Ada' }, { name: 'Bob' }]),
    )
    expect(inserted.rowCount).toBe(2)
    expect(inserted.all()).toEqual([])
  })
})

describe('Result', () => {
  const resultOf = async (count: number) => {
    await using session = openDatabase(cloned.url).session()
    return await session.execute(numbers(count))
  }

  it('gives the only row with one(), and refuses none and several', async () => {
    expect((await resultOf(1)).one()).toEqual({ n: 1, square: 1 })
    const none = await resultOf(0)
    expect(() => none.one()).toThrow(NoResultFoundError)
    const several = await resultOf(2)
    expect(() => several.one()).toThrow(MultipleResultsFoundError)
  })

  it('gives undefined for none with oneOrNone(), first() and scalar()', async () => {
    const none = await resultOf(0)
    expect([none.oneOrNone(), none.first(), none.scalar()]).toEqual([undefined, undefined, undefined])
    const several = await resultOf(2)
    expect(() => several.oneOrNone()).toThrow(MultipleResultsFoundError)
  })

  it('gives the first column with scalars(), scalar() and scalarOne()', async () => {
    const three = await resultOf(3)
    expect(three.scalars()).toEqual([1, 2, 3])
    expect(three.scalar()).toBe(1)
    expect(() => three.scalarOne()).toThrow(MultipleResultsFoundError)
    expect((await resultOf(1)).scalarOne()).toBe(1)
  })

  it('parts its rows, the last part shorter, and refuses parts of nothing', async () => {
    const five = await resultOf(5)
    expect([...five.partitions(2)].map((part) => part.map(({ n }) => n))).toEqual([[1, 2], [3, 4], [5]])
    expect(() => [...five.partitions(0)]).toThrow(ConfigurationError)
    expect([...five]).toHaveLength(5)
  })
})
