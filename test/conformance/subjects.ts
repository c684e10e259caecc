import { Kysely, PostgresDialect } from 'kysely'
import pg from 'pg'
import Cursor from 'pg-cursor'
import { expect } from 'vitest'
import type { AsyncDatabase } from '../../src/database/async-database.js'
import { openDatabase, type TestTables } from '../integration/session/open-database.js'
import { via } from '../support/via.js'

/** A Kysely under test: Kysely's own, and everything of this package that says it is one. */
export interface Subject {
  readonly name: string
  /** What becomes of a write: it is stored at once, stored when the work is over, or refused by the server. */
  readonly writes: 'at once' | 'at the end' | 'refused'
  /** What `transaction()` is. */
  readonly transactions: 'transactions' | 'savepoints' | 'refused'
  /** Runs work with it, and ends it as its users do. */
  use<R>(url: string, work: (queries: Kysely<TestTables>) => Promise<R>): Promise<R>
}

/** What the contract is measured by. */
export const reference: Subject = {
  name: 'Kysely’s own dialect',
  writes: 'at once',
  transactions: 'transactions',
  async use(url, work) {
    const pool = new pg.Pool({ connectionString: via(url).url, max: 2 })
    const queries = new Kysely<TestTables>({ dialect: new PostgresDialect({ pool, cursor: Cursor }) })
    try {
      return await work(queries)
    } finally {
      await queries.destroy()
    }
  },
}

const open = (url: string): AsyncDatabase<TestTables> =>
  openDatabase(url, { pool: { size: 2, maxOverflow: 0 } })

export const subjects: readonly Subject[] = [
  reference,
  {
    name: 'database.kysely',
    writes: 'at once',
    transactions: 'transactions',
    async use(url, work) {
      const database = open(url)
      const result = await work(database.kysely)
      // Kysely ends a stream, or a wait that was aborted, without waiting for the release of its connection.
      await expect.poll(() => database.engine.stats().inUse).toBe(0)
      return result
    },
  },
  {
    name: 'a Session',
    writes: 'at the end',
    transactions: 'savepoints',
    async use(url, work) {
      await using session = open(url).session()
      const result = await work(session)
      await session.commit()
      return result
    },
  },
  {
    name: 'the session of a ScopedSession',
    writes: 'at the end',
    transactions: 'savepoints',
    async use(url, work) {
      const { scoped } = open(url)
      return await scoped.run(async () => {
        const result = await work(scoped.current())
        await scoped.current().commit()
        return result
      })
    },
  },
  {
    name: 'an autocommit session',
    writes: 'at once',
    transactions: 'refused',
    async use(url, work) {
      await using session = open(url).session({ isolationLevel: 'autocommit' })
      return await work(session)
    },
  },
  {
    name: 'a ReadSession',
    writes: 'refused',
    transactions: 'savepoints',
    async use(url, work) {
      await using session = open(url).readSession()
      // Code that has not heard of the type finds all methods: the server refuses what writes.
      return await work(session as unknown as Kysely<TestTables>)
    },
  },
]

export const writingSubjects: readonly Subject[] = subjects.filter(({ writes }) => writes !== 'refused')
