import { sql, type Kysely, type Transaction } from 'kysely'
import { beforeEach, describe, expect, it } from 'vitest'
import type { TestTables } from '../integration/session/open-database.js'
import { cloneDatabase } from '../support/clone-database.js'
import { writingSubjects, type Subject } from './subjects.js'

const cloned = cloneDatabase()

beforeEach(() => cloned.query('truncate person restart identity'))

/** A repository as applications write it: it knows Kysely and nothing else. */
class People {
  readonly #db: Kysely<TestTables>

  constructor(db: Kysely<TestTables>) {
    this.#db = db
  }

  async add(name: string): Promise<string> {
    const { name: added } = await this.#db
      .insertInto('person')
      .values({ name })
      .returning('name')
      .executeTakeFirstOrThrow()
    return added
  }

  async names(): Promise<string[]> {
    return (await this.#db.selectFrom('person').select('name').orderBy('id').execute()).map(
      ({ name }) => name,
    )
  }

  /** For work on the same repository in a transaction of the caller's. */
  withTransaction(trx: Transaction<TestTables>): People {
    return new People(trx)
  }
}

/** Page after page by key, as a library for pagination does it: it extends a query that it is given. */
async function pages(db: Kysely<TestTables>, size: number): Promise<number[][]> {
  const found: number[][] = []
  for (let last = 0; ;) {
    const page = await db
      .selectFrom('account')
      .select('id')
      .$call((query) => query.where('id', '>', last).orderBy('id').limit(size))
      .execute()
    if (page.length === 0) return found
    found.push(page.map(({ id }) => id))
    last = page.at(-1)!.id
  }
}

/** A queue as libraries on Kysely take jobs: locked rows are skipped. */
async function takeJob(db: Kysely<TestTables>): Promise<number | undefined> {
  const job = await db
    .updateTable('account')
    .set({ balance: 0 })
    .where('id', '=', ({ selectFrom }) =>
      selectFrom('account')
        .select('id')
        .where('balance', '>', 0)
        .orderBy('id')
        .limit(1)
        .forUpdate()
        .skipLocked(),
    )
    .returning('id')
    .executeTakeFirst()
  return job?.id
}

/** What code generators do: they read the shape of the database. */
async function columnsOf(db: Kysely<TestTables>, table: string): Promise<string[]> {
  const tables = await db.introspection.getTables({ withInternalKyselyTables: false })
  return tables.find(({ name }) => name === table)?.columns.map(({ name }) => name) ?? []
}

/** A health check as a framework's module has it. */
async function isAlive(db: Kysely<TestTables>): Promise<boolean> {
  const { rows } = await sql<{ one: number }>`select 1 as one`.execute(db)
  return rows[0]?.one === 1
}

describe.each(writingSubjects)(
  'Code that has only heard of Kysely, on $name',
  ({ use, transactions }: Subject) => {
    const within = <R>(work: (queries: Kysely<TestTables>) => Promise<R>): Promise<R> => use(cloned.url, work)

    it('keeps its repositories', async () => {
      const names = await within(async (db) => {
        const people = new People(db)
        expect(await people.add('Ada')).toBe('Ada')
        if (transactions !== 'refused') {
          await db.transaction().execute((trx) => people.withTransaction(trx).add('Grace'))
        } else await people.add('Grace')
        return await people.names()
      })
      expect(names).toEqual(['Ada', 'Grace'])
    })

    it('pages through a table', async () => {
      const found = await within((db) => pages(db, 8))
      expect(found.map((page) => page.length)).toEqual([8, 8, 4])
    })

    it('takes jobs from a queue', async () => {
      const jobs = await within(async (db) => [await takeJob(db), await takeJob(db)])
      expect(jobs).toEqual([1, 2])
      await cloned.query('update account set balance = 1000')
    })

    it('reads the shape of the database, and whether it is there', async () => {
      await within(async (db) => {
        expect(await columnsOf(db, 'account')).toEqual(['id', 'balance'])
        expect(await isAlive(db)).toBe(true)
      })
    })

    it('starts statements together and gets each answer', async () => {
      const answers = await within((db) =>
        Promise.all(
          [3, 1, 2].map((id) =>
            db.selectFrom('account').select('id').where('id', '=', id).executeTakeFirstOrThrow(),
          ),
        ),
      )
      expect(answers).toEqual([{ id: 3 }, { id: 1 }, { id: 2 }])
    })
  },
)
