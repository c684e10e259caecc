import { sql, type Kysely } from 'kysely'
import { beforeEach, describe, expect, inject, it } from 'vitest'
import type { TestTables } from '../integration/session/open-database.js'
import { failureOf } from '../integration/session/failure-of.js'
import { cloneDatabase } from '../support/clone-database.js'
import { subjects, writingSubjects, type Subject } from './subjects.js'

const cloned = cloneDatabase()

beforeEach(async () => {
  await cloned.query('truncate person restart identity; update account set balance = 1000')
})

const names = async (): Promise<string[]> =>
  (await cloned.query<{ name: string }>('select name from person order by id')).map(({ name }) => name)

describe.each(writingSubjects)('What writes, on $name', ({ use, writes }: Subject) => {
  const within = <R>(work: (queries: Kysely<TestTables>) => Promise<R>): Promise<R> => use(cloned.url, work)

  it('inserts, and tells how many', async () => {
    const result = await within(async (queries) => {
      const inserted = await queries
        .insertInto('person')
        .values([{ name: 'Ada' }, { name: 'Grace', email: 'g@x' }])
        .executeTakeFirstOrThrow()
      expect(await names()).toEqual(writes === 'at once' ? ['Ada', 'Grace'] : [])
      return inserted
    })
    expect(result.numInsertedOrUpdatedRows).toBe(2n)
    expect(await names()).toEqual(['Ada', 'Grace'])
  })

  it('inserts what a query selects, and defaults', async () => {
    await within(async (queries) => {
      await queries
        .insertInto('person')
        .columns(['name'])
        .expression(
          queries
            .selectFrom('account')
            .select(sql<string>`'n' || id`.as('name'))
            .where('id', '<', 3),
        )
        .execute()
    })
    expect(await names()).toEqual(['n1', 'n2'])
  })

  it('gives back what was written, by returning', async () => {
    await within(async (queries) => {
      const inserted = await queries
        .insertInto('person')
        .values({ name: 'Ada' })
        .returning(['name', 'email', 'created_at'])
        .executeTakeFirstOrThrow()
      expect(inserted).toEqual({ name: 'Ada', email: null, created_at: expect.any(Date) as Date })
      const updated = await queries
        .updateTable('person')
        .set(({ fn, ref }) => ({ name: fn<string>('upper', [ref('name')]) }))
        .where('name', '=', 'Ada')
        .returning('name')
        .execute()
      expect(updated).toEqual([{ name: 'ADA' }])
      const deleted = await queries.deleteFrom('person').returningAll().execute()
      expect(deleted).toMatchObject([{ name: 'ADA' }])
    })
    expect(await names()).toEqual([])
  })

  it('updates and deletes, with from and using, and tells how many', async () => {
    await within(async (queries) => {
      await queries
        .insertInto('person')
        .values([{ name: '1' }, { name: '2' }])
        .execute()
      const updated = await queries
        .updateTable('account')
        .from('person')
        .set({ balance: 5 })
        .where(sql<boolean>`account.id::text = person.name`)
        .executeTakeFirstOrThrow()
      expect(updated.numUpdatedRows).toBe(2n)
      const deleted = await queries
        .deleteFrom('person')
        .using('account')
        .where(sql<boolean>`account.id::text = person.name`)
        .where('account.id', '=', 1)
        .executeTakeFirstOrThrow()
      expect(deleted.numDeletedRows).toBe(1n)
    })
    expect(await names()).toEqual(['2'])
    expect(await cloned.query('select id from account where balance = 5 order by id')).toEqual([
      { id: 1 },
      { id: 2 },
    ])
  })

  it('upserts: on conflict do update, and do nothing', async () => {
    await within(async (queries) => {
      const ada = { name: 'Ada', email: 'a@x' }
      const insert = (name: string) => queries.insertInto('person').values({ ...ada, name })
      await insert('Ada').execute()
      const kept = await insert('ignored')
        .onConflict((conflict) => conflict.column('email').doNothing())
        .executeTakeFirstOrThrow()
      expect(kept.numInsertedOrUpdatedRows).toBe(0n)
      await insert('Augusta')
        .onConflict((conflict) =>
          conflict.column('email').doUpdateSet(({ ref }) => ({ name: ref('excluded.name') })),
        )
        .execute()
    })
    expect(await names()).toEqual(['Augusta'])
  })

  // MERGE came with PostgreSQL 15.
  it.skipIf(inject('serverVersion') < 15)('merges', async () => {
    const result = await within((queries) =>
      queries
        .mergeInto('account as target')
        .using(
          queries
            .selectFrom('account')
            .select(({ ref }) => sql<number>`${ref('id')} + 19`.as('id'))
            .where('id', '<=', 2)
            .as('source'),
          'source.id',
          'target.id',
        )
        .whenMatched()
        .thenUpdateSet({ balance: 7 })
        .whenNotMatched()
        .thenInsertValues(({ ref }) => ({ id: ref('source.id'), balance: 8 }))
        .executeTakeFirstOrThrow(),
    )
    expect(result.numChangedRows).toBe(2n)
    expect(await cloned.query('select id, balance from account where id >= 20 order by id')).toEqual([
      { id: 20, balance: 7 },
      { id: 21, balance: 8 },
    ])
    await cloned.query('delete from account where id > 20')
  })

  it('writes in common table expressions, and by sql templates', async () => {
    await within(async (queries) => {
      const rows = await queries
        .with('added', (db) => db.insertInto('person').values({ name: 'Ada' }).returning('name'))
        .selectFrom('added')
        .select('name')
        .execute()
      expect(rows).toEqual([{ name: 'Ada' }])
      const written = await sql`insert into person (name) values (${'Grace'}), (${'Barbara'})`.execute(
        queries,
      )
      expect(written.numAffectedRows).toBe(2n)
    })
    expect(await names()).toEqual(['Ada', 'Grace', 'Barbara'])
  })

  it('streams what a write returns', async () => {
    const seen = await within(async (queries) => {
      const inserted = queries.insertInto('person').values([{ name: 'Ada' }, { name: 'Grace' }])
      const found: string[] = []
      for await (const { name } of inserted.returning('name').stream(1)) found.push(name)
      return found
    })
    expect(seen).toEqual(['Ada', 'Grace'])
    expect(await names()).toEqual(['Ada', 'Grace'])
  })

  it('creates, alters and drops by the schema builder', async () => {
    await within(async ({ schema }) => {
      await schema
        .createTable('draft')
        .addColumn('id', 'integer', (column) => column.primaryKey())
        .addColumn('text', 'varchar(20)', (column) => column.notNull().defaultTo(''))
        .execute()
      await schema.alterTable('draft').renameTo('final').execute()
      await schema.createIndex('final_text').on('final').column('text').execute()
      await schema
        .createView('finals')
        .as(sql`select id from final` as never)
        .execute()
      await schema.dropView('finals').execute()
      await schema.dropTable('final').execute()
    })
    expect(await cloned.query(`select from pg_class where relname in ('draft', 'final')`)).toEqual([])
  })

  it('writes into another schema by withSchema', async () => {
    await cloned.query('create schema tenant; create table tenant.person (like person including all)')
    await within((queries) =>
      queries.withSchema('tenant').insertInto('person').values({ name: 'T' }).execute(),
    )
    expect(await cloned.query('select name from tenant.person')).toEqual([{ name: 'T' }])
    expect(await names()).toEqual([])
    await cloned.query('drop schema tenant cascade')
  })
})

describe.each(subjects.filter(({ writes }) => writes === 'refused'))('What writes, on $name', ({ use }) => {
  it.each<[string, (queries: Kysely<TestTables>) => Promise<unknown>]>([
    ['insert', (queries) => queries.insertInto('person').values({ name: 'Ada' }).execute()],
    ['update', (queries) => queries.updateTable('account').set({ balance: 1 }).execute()],
    ['delete', (queries) => queries.deleteFrom('account').execute()],
    ['create', (queries) => queries.schema.createTable('draft').addColumn('id', 'integer').execute()],
    ['a sql template', (queries) => sql`insert into person (name) values ('Ada')`.execute(queries)],
    ['a function', (queries) => sql`select nextval('person_id_seq')`.execute(queries)],
  ])('is refused by the server, by design: %s', async (_, write) => {
    await use(cloned.url, async (queries) => {
      expect(await failureOf(write(queries))).toMatchObject({ sqlState: '25006' })
    })
    expect(await names()).toEqual([])
  })
})
