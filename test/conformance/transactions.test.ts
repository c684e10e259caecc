import { sql, type Kysely, type Transaction } from 'kysely'
import { beforeEach, describe, expect, it } from 'vitest'
import type { TestTables } from '../integration/session/open-database.js'
import { failureOf } from '../integration/session/failure-of.js'
import { cloneDatabase } from '../support/clone-database.js'
import { subjects, writingSubjects, type Subject } from './subjects.js'

const cloned = cloneDatabase()

beforeEach(async () => {
  await cloned.query('truncate person restart identity')
})

const names = async (): Promise<string[]> =>
  (await cloned.query<{ name: string }>('select name from person order by id')).map(({ name }) => name)

async function insert(queries: Kysely<TestTables>, name: string): Promise<void> {
  await queries.insertInto('person').values({ name }).execute()
}

const able = writingSubjects.filter(({ transactions }) => transactions !== 'refused')

describe.each(able)('Kysely’s transactions, on $name', ({ use, transactions }: Subject) => {
  const within = <R>(work: (queries: Kysely<TestTables>) => Promise<R>): Promise<R> => use(cloned.url, work)
  const isOwn = transactions === 'transactions'

  it('keep what returned, and give its result', async () => {
    const result = await within(async (queries) => {
      const given = await queries.transaction().execute(async (trx) => {
        await insert(trx, 'Ada')
        expect(trx.isTransaction).toBe(true)
        return 42
      })
      expect(await names()).toEqual(isOwn ? ['Ada'] : [])
      return given
    })
    expect(result).toBe(42)
    expect(await names()).toEqual(['Ada'])
  })

  it('undo what threw, throw that very error, and leave the rest usable', async () => {
    const business = new RangeError('business')
    await within(async (queries) => {
      const failed = queries.transaction().execute(async (trx) => {
        await insert(trx, 'undone')
        throw business
      })
      expect(await failureOf(failed)).toBe(business)
      await insert(queries, 'after')
    })
    expect(await names()).toEqual(['after'])
  })

  it('undo what a statement failed in, and leave the rest usable', async () => {
    await within(async (queries) => {
      const failed = queries.transaction().execute(async (trx) => {
        await insert(trx, 'undone')
        await sql`select 1 / 0`.execute(trx)
      })
      await failureOf(failed)
      await insert(queries, 'after')
    })
    expect(await names()).toEqual(['after'])
  })

  it('refuse to be nested by their handle, as Kysely does', async () => {
    await within(async (queries) => {
      const nested = queries
        .transaction()
        .execute((trx) => (trx as Kysely<TestTables>).transaction().execute((inner) => insert(inner, 'x')))
      expect(String(await failureOf(nested))).toContain('not supported')
    })
  })

  it('take settings where they are transactions, and refuse them where they are savepoints', async () => {
    await within(async (queries) => {
      const serializable = queries
        .transaction()
        .setIsolationLevel('serializable')
        .setAccessMode('read only')
        .execute(async (trx) => (await sql<{ on: string }>`show transaction_isolation`.execute(trx)).rows)
      if (isOwn) expect(await serializable).toEqual([{ transaction_isolation: 'serializable' }])
      else expect(await failureOf(serializable)).toMatchObject({ code: 'USAGE_ERROR' })
    })
  })

  it('are controlled: commit keeps, rollback undoes', async () => {
    await within(async (queries) => {
      const kept = await queries.startTransaction().execute()
      await insert(kept, 'kept')
      await kept.commit().execute()
      const undone = await queries.startTransaction().execute()
      await insert(undone, 'undone')
      await undone.rollback().execute()
      expect(undone.isRolledBack).toBe(true)
    })
    expect(await names()).toEqual(['kept'])
  })

  it('are controlled, with savepoints', async () => {
    await within(async (queries) => {
      const trx = await queries.startTransaction().execute()
      await insert(trx, 'one')
      const afterOne = await trx.savepoint('after_one').execute()
      await insert(afterOne, 'two')
      const afterTwo = await afterOne.savepoint('after_two').execute()
      await failureOf(sql`select 1 / 0`.execute(afterTwo))
      await afterTwo.rollbackToSavepoint('after_two').execute()
      const back = await afterTwo.rollbackToSavepoint('after_one').execute()
      await insert(back, 'three')
      await (await back.releaseSavepoint('after_one').execute()).commit().execute()
    })
    expect(await names()).toEqual(['one', 'three'])
  })

  it('refuse their handle after the end, as Kysely does', async () => {
    await within(async (queries) => {
      const trx = await queries.startTransaction().execute()
      await insert(trx, 'in time')
      await trx.commit().execute()
      expect(String(await failureOf(insert(trx, 'late')))).toMatch(/already (?:been )?committed/)
    })
    expect(await names()).toEqual(['in time'])
  })

  it('stream inside', async () => {
    const seen = await within((queries) =>
      queries.transaction().execute(async (trx) => {
        await insert(trx, 'Ada')
        const found: string[] = []
        for await (const { name } of trx.selectFrom('person').select('name').stream(1)) found.push(name)
        return found
      }),
    )
    expect(seen).toEqual(['Ada'])
  })

  it('run on the connection of connection()', async () => {
    await within((queries) =>
      queries.connection().execute(async (one) => {
        await one.transaction().execute((trx) => insert(trx, 'first'))
        await failureOf(
          one.transaction().execute(async (trx) => {
            await insert(trx, 'undone')
            throw new Error('business')
          }),
        )
        await insert(one, 'second')
      }),
    )
    expect(await names()).toEqual(['first', 'second'])
  })

  it('serve functions that take a Kysely or a Transaction', async () => {
    const addTwice = async (queries: Kysely<TestTables> | Transaction<TestTables>, name: string) => {
      const work = async (trx: Kysely<TestTables>) => {
        await insert(trx, name)
        await insert(trx, `${name} again`)
      }
      // The way in which libraries find out whether they may begin one.
      if (queries.isTransaction) await work(queries)
      else await queries.transaction().execute(work)
    }
    await within(async (queries) => {
      await addTwice(queries, 'a')
      await queries.transaction().execute((trx) => addTwice(trx, 'b'))
    })
    expect(await names()).toEqual(['a', 'a again', 'b', 'b again'])
  })
})

describe.each(subjects.filter(({ transactions }) => transactions === 'refused'))(
  'Kysely’s transactions, on $name',
  ({ use }) => {
    it.each<[string, (queries: Kysely<TestTables>) => Promise<unknown>]>([
      ['transaction()', (queries) => queries.transaction().execute((trx) => insert(trx, 'Ada'))],
      ['startTransaction()', (queries) => queries.startTransaction().execute()],
    ])('are refused by design, with what to use instead: %s', async (_, begin) => {
      await use(cloned.url, async (queries) => {
        expect(await failureOf(begin(queries))).toMatchObject({
          code: 'USAGE_ERROR',
          hint: expect.stringContaining('transactional()') as string,
        })
      })
      expect(await names()).toEqual([])
    })
  },
)

describe.each(subjects)('destroy(), on $name', ({ use, transactions }: Subject) => {
  it('ends it for good, and may be called twice', async () => {
    await use(cloned.url, async (queries) => {
      await queries.selectFrom('account').select('id').limit(1).execute()
      await queries.destroy()
      await queries.destroy()
      const late = await failureOf(queries.selectFrom('account').select('id').execute())
      // A session ends alone; a plain Kysely ends with its pool, as its own driver does.
      if (transactions !== 'transactions') expect(late).toMatchObject({ code: 'SESSION_CLOSED' })
    }).catch((error: unknown) => {
      expect(error).toMatchObject({ code: 'SESSION_CLOSED' })
    })
  })
})
