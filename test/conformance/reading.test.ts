import {
  CamelCasePlugin,
  CompiledQuery,
  DeduplicateJoinsPlugin,
  NoResultError,
  sql,
  type Kysely,
} from 'kysely'
import { jsonArrayFrom, jsonBuildObject } from 'kysely/helpers/postgres'
import { beforeAll, describe, expect, it } from 'vitest'
import type { TestTables } from '../integration/session/open-database.js'
import { failureOf } from '../integration/session/failure-of.js'
import { cloneDatabase } from '../support/clone-database.js'
import { subjects, type Subject } from './subjects.js'

const cloned = cloneDatabase()

beforeAll(async () => {
  await cloned.query(`
    insert into person (name, email) values ('Ada', 'ada@x'), ('Grace', null), ('Barbara', 'b@x');
    create schema other; create table other.person (like public.person including all);
    insert into other.person (name) values ('Elsewhere')`)
})

describe.each(subjects)('What reads, on $name', ({ use }: Subject) => {
  const within = <R>(work: (queries: Kysely<TestTables>) => Promise<R>): Promise<R> => use(cloned.url, work)

  it('selects with conditions, order, limit, aliases and expressions', async () => {
    const rows = await within((queries) =>
      queries
        .selectFrom('person as p')
        .select(({ fn, ref, val, eb, or }) => [
          'p.name as who',
          fn<string>('upper', [ref('p.name')]).as('loud'),
          fn.coalesce('p.email', val('none')).as('email'),
          or([eb('p.name', 'like', 'A%'), eb('p.email', 'is', null)]).as('chosen'),
        ])
        .where('p.name', 'in', ['Ada', 'Grace', 'Barbara'])
        .orderBy('p.name', 'desc')
        .limit(2)
        .offset(1)
        .execute(),
    )
    expect(rows).toEqual([
      { who: 'Barbara', loud: 'BARBARA', email: 'b@x', chosen: false },
      { who: 'Ada', loud: 'ADA', email: 'ada@x', chosen: true },
    ])
  })

  it('joins, groups and aggregates', async () => {
    const rows = await within((queries) =>
      queries
        .selectFrom('account as a')
        .innerJoin('account as b', (join) => join.onRef('a.balance', '=', 'b.balance').on('b.id', '<=', 3))
        .leftJoin('person', 'person.name', sql.lit('nobody') as never)
        .select(({ fn }) => ['b.id', fn.count('a.id').as('pairs'), fn.max('a.id').as('last')])
        .groupBy('b.id')
        .having(({ fn }) => fn.count('a.id'), '>', 1)
        .orderBy('b.id')
        .execute(),
    )
    expect(rows.map((row) => ({ ...row, pairs: Number(row.pairs) }))).toEqual(
      [1, 2, 3].map((id) => ({ id, pairs: 20, last: 20 })),
    )
  })

  it('runs set operations, case and selects without a table', async () => {
    const rows = await within((queries) =>
      queries
        .selectFrom('account')
        .select('id')
        .where('id', '<=', 2)
        .union(queries.selectFrom('account').select('id').where('id', '=', 20))
        .except(queries.selectNoFrom(sql<number>`2`.as('id')))
        .orderBy('id')
        .execute(),
    )
    expect(rows).toEqual([{ id: 1 }, { id: 20 }])
    const row = await within((queries) =>
      queries
        .selectNoFrom(({ eb, val }) => [
          eb
            .case()
            .when(sql<boolean>`true`)
            .then('yes')
            .else('no')
            .end()
            .as('said'),
          val<number | null>(null).as('nothing'),
        ])
        .executeTakeFirst(),
    )
    expect(row).toEqual({ said: 'yes', nothing: null })
  })

  it('reads through common table expressions, recursive ones too', async () => {
    const rows = await within((queries) =>
      queries
        .withRecursive('n(i)', (db) =>
          db.selectNoFrom(sql<number>`1`.as('i')).unionAll(
            db
              .selectFrom('n')
              .select(sql<number>`i + 1`.as('i'))
              .where('i', '<', 3),
          ),
        )
        .with('people', (db) => db.selectFrom('person').select('name'))
        .selectFrom(['n', 'people'])
        .select(['n.i', 'people.name'])
        .where('people.name', '=', 'Ada')
        .orderBy('n.i')
        .execute(),
    )
    expect(rows).toEqual([1, 2, 3].map((i) => ({ i, name: 'Ada' })))
  })

  it('nests rows by the helpers for JSON', async () => {
    const rows = await within((queries) =>
      queries
        .selectFrom('account')
        .select((eb) => [
          'id',
          jsonArrayFrom(
            eb.selectFrom('person').select('name').whereRef('account.id', '=', sql.lit(1)).orderBy('name'),
          ).as('people'),
          jsonBuildObject({ half: sql<number>`balance / 2` }).as('parts'),
        ])
        .where('id', 'in', [1, 2])
        .orderBy('id')
        .execute(),
    )
    const people = ['Ada', 'Barbara', 'Grace'].map((name) => ({ name }))
    expect(rows).toEqual([
      { id: 1, people, parts: { half: 500 } },
      { id: 2, people: [], parts: { half: 500 } },
    ])
  })

  it('runs sql templates with values, lists, names and pieces', async () => {
    const name = `O'Hara"; drop table person; --`
    const { rows } = await within((queries) =>
      sql<{ name: string; id: number }>`
        select ${name}::text as name, ${sql.ref('account.id')} from ${sql.table('account')}
        where ${sql.id('id')} in (${sql.join([1, 2])}) and ${sql.raw('balance')} > ${sql.lit(10)}
        order by 2`.execute(queries),
    )
    expect(rows).toEqual([
      { name, id: 1 },
      { name, id: 2 },
    ])
  })

  it('compiles, and runs what was compiled or is raw', async () => {
    await within(async (queries) => {
      const query = queries.selectFrom('account').select('id').where('id', '=', 7)
      const compiled = query.compile()
      expect(compiled.sql).toBe('select "id" from "account" where "id" = $1')
      expect(compiled.parameters).toEqual([7])
      expect((await queries.executeQuery(compiled)).rows).toEqual([{ id: 7 }])
      expect((await queries.executeQuery(query)).rows).toEqual([{ id: 7 }])
      const raw = CompiledQuery.raw('select $1::int + 1 as id', [7])
      expect((await queries.executeQuery(raw)).rows).toEqual([{ id: 8 }])
    })
  })

  it('takes the first row, or tells that there is none', async () => {
    await within(async (queries) => {
      const of = (id: number) => queries.selectFrom('account').select('id').where('id', '=', id)
      expect(await of(1).executeTakeFirst()).toEqual({ id: 1 })
      expect(await of(99).executeTakeFirst()).toBeUndefined()
      expect(await of(1).executeTakeFirstOrThrow()).toEqual({ id: 1 })
      expect(await failureOf(of(99).executeTakeFirstOrThrow())).toBeInstanceOf(NoResultError)
      const own = new RangeError('no such account')
      expect(await failureOf(of(99).executeTakeFirstOrThrow(() => own))).toBe(own)
    })
  })

  it('serves $call, $if, $castTo and dynamic references', async () => {
    const rows = await within((queries) =>
      queries
        .selectFrom('account')
        .select(queries.dynamic.ref<'id'>('id'))
        .$call((query) => query.where('id', '<', 3))
        .$if(true, (query) => query.orderBy('id', 'desc'))
        .$if(false, (query) => query.limit(0))
        .$castTo<{ id: number }>()
        .execute(),
    )
    expect(rows).toEqual([{ id: 2 }, { id: 1 }])
  })

  it('qualifies names by withSchema', async () => {
    await within(async (queries) => {
      const other = queries.withSchema('other')
      expect(await other.selectFrom('person').select('name').execute()).toEqual([{ name: 'Elsewhere' }])
      expect(await queries.selectFrom('person').select('name').execute()).toHaveLength(3)
    })
  })

  it('applies plugins to queries and results, and takes them away', async () => {
    await within(async (queries) => {
      const camel = queries.withPlugin(new CamelCasePlugin()) as unknown as Kysely<{
        person: { name: string; createdAt: Date }
      }>
      const row = await camel.selectFrom('person').select('createdAt').limit(1).executeTakeFirstOrThrow()
      expect(row).toEqual({ createdAt: expect.any(Date) as Date })
      const plain = camel
        .withoutPlugins()
        .selectFrom('person')
        .select('created_at' as 'createdAt')
        .limit(1)
      expect(Object.keys(await plain.executeTakeFirstOrThrow())).toEqual(['created_at'])
      const join = queries
        .withPlugin(new DeduplicateJoinsPlugin())
        .selectFrom('account as a')
        .innerJoin('account as b', 'b.id', 'a.id')
        .innerJoin('account as b', 'b.id', 'a.id')
      expect(await join.select('a.id').where('a.id', '=', 1).execute()).toEqual([{ id: 1 }])
    })
  })

  it('explains', async () => {
    const plans = await within(async (queries) => {
      const query = queries.selectFrom('account').selectAll().where('id', '=', 1)
      return [await query.explain(), await query.explain('json', sql`analyze`)]
    })
    expect(JSON.stringify(plans[0])).toContain('account')
    expect(JSON.stringify(plans[1])).toContain('Actual Rows')
  })

  it('tells of tables, columns and schemas', async () => {
    await within(async ({ introspection }) => {
      const tables = await introspection.getTables()
      const person = tables.find(({ name, schema }) => name === 'person' && schema === 'public')
      expect(person?.columns.map(({ name, dataType, isNullable }) => [name, dataType, isNullable])).toEqual([
        ['id', 'int8', false],
        ['name', 'text', false],
        ['email', 'text', true],
        ['created_at', 'timestamptz', false],
      ])
      expect((await introspection.getSchemas()).map(({ name }) => name)).toContain('other')
    })
  })

  it('streams in chunks, to the end and to a break', async () => {
    await within(async (queries) => {
      const ids: number[] = []
      const accounts = queries.selectFrom('account').select('id').orderBy('id')
      for await (const { id } of accounts.stream(7)) ids.push(id)
      expect(ids).toEqual(Array.from({ length: 20 }, (_, index) => index + 1))
      for await (const { id } of accounts.stream(3)) if (id === 5) break
      expect(await accounts.limit(1).execute()).toEqual([{ id: 1 }])
    })
  })

  it('serves connection(): one connection for the work', async () => {
    await within(async (queries) => {
      const rows = await queries
        .connection()
        .execute(async (one) => [
          await one.selectFrom('account').select('id').where('id', '=', 1).executeTakeFirst(),
          await one.selectFrom('account').select('id').where('id', '=', 2).executeTakeFirst(),
        ])
      expect(rows).toEqual([{ id: 1 }, { id: 2 }])
    })
  })
})
