import { afterEach, beforeAll, describe, expect, it } from 'vitest'
import {
  AsyncDatabase,
  integer,
  Metadata,
  PendingRollbackError,
  table,
  text,
  UniqueViolationError,
} from '../../../src/index.js'
import { cloneDatabase } from '../../support/clone-database.js'
import { via } from '../../support/via.js'
import { failureOf } from './failure-of.js'

const cloned = cloneDatabase()
const writers = table('writers', { id: integer().identity().primaryKey(), name: text().notNull().unique() })
const books = table('books', {
  id: integer().identity().primaryKey(),
  title: text().notNull(),
  writerId: integer()
    .notNull()
    .references(() => writers.id),
})
const metadata = new Metadata({ tables: { writers, books } })
const open: AsyncDatabase<unknown>[] = []

function database(): AsyncDatabase<unknown> {
  const made = new AsyncDatabase<unknown>({ ...via(cloned.url), metadata })
  open.push(made)
  return made
}

beforeAll(async () => {
  await using made = new AsyncDatabase<unknown>({ ...via(cloned.url), metadata })
  await made.createAll()
})

afterEach(async () => {
  await Promise.all(open.splice(0).map((made) => made.close()))
  await cloned.query('truncate writers, books')
})

const names = async () =>
  (await cloned.query<{ name: string }>('select name from writers order by name')).map(({ name }) => name)

describe('Session: tracked objects', () => {
  it('writes what was added at commit, in foreign-key order, and fills in what the server gave', async () => {
    await using session = database().session()
    const ada = session.add(writers, { name: 'Ada' })
    const notes = session.add(books, { title: 'Notes', writerId: session.later(ada, 'id') })
    expect(session.new).toEqual([ada, notes])
    await session.commit()
    expect(typeof ada.id).toBe('number')
    expect(notes.writerId).toBe(ada.id)
    expect(await names()).toEqual(['Ada'])
  })

  it('writes a change at the next commit, and nothing when nothing changed', async () => {
    const made = database()
    await using session = made.session()
    const ada = session.add(writers, { name: 'Ada' })
    await session.commit()
    ada.name = 'Countess'
    expect(session.dirty).toEqual([ada])
    await session.commit()
    expect(await names()).toEqual(['Countess'])
    const { acquired } = made.engine.stats()
    await session.commit()
    expect(made.engine.stats().acquired).toBe(acquired)
  })

  it('loads an object once, and reads it again on refresh()', async () => {
    await using session = database().session()
    const ada = session.add(writers, { name: 'Ada' })
    await session.commit()
    expect(await session.get(writers, ada.id)).toBe(ada)
    await session.commit()
    await cloned.query("update writers set name = 'Changed elsewhere'")
    await session.refresh(ada)
    expect(ada.name).toBe('Changed elsewhere')
  })

  it('deletes at commit', async () => {
    await using session = database().session()
    const ada = session.add(writers, { name: 'Ada' })
    await session.commit()
    session.delete(ada)
    await session.commit()
    expect(await names()).toEqual([])
    expect(session.contains(ada)).toBe(false)
  })

  it('takes new objects back on rollback, and gives changed ones their values', async () => {
    await using session = database().session()
    const ada = session.add(writers, { name: 'Ada' })
    await session.commit()
    ada.name = 'Countess'
    const bob = session.add(writers, { name: 'Bob' })
    await session.flush()
    await session.rollback()
    expect(ada.name).toBe('Ada')
    expect(bob.id).toBeUndefined()
    await session.commit()
    expect(await names()).toEqual(['Ada'])
  })

  it('throws what the flush of a commit met, rolls back, and can go on', async () => {
    await using session = database().session()
    session.add(writers, { name: 'Ada' })
    await session.commit()
    const second = session.add(writers, { name: 'Ada' })
    expect(await failureOf(session.commit())).toBeInstanceOf(UniqueViolationError)
    expect(session.state).toBe('idle')
    session.add(writers, { ...second, name: 'Bob' })
    await session.commit()
    expect(await names()).toEqual(['Ada', 'Bob'])
  })

  it('writes before a nested transaction is released, and undoes with one that is rolled back', async () => {
    await using session = database().session()
    await session.beginNested(async () => {
      session.add(writers, { name: 'kept' })
    })
    await failureOf(
      session.beginNested(async () => {
        session.add(writers, { name: 'undone' })
        await session.flush()
        throw new Error('business')
      }),
    )
    await session.commit()
    expect(await names()).toEqual(['kept'])
  })

  it("belongs to Kysely's own nested transactions too", async () => {
    await using session = database().session()
    await session.transaction().execute(async () => {
      session.add(writers, { name: 'kept' })
    })
    await failureOf(
      session.transaction().execute(async () => {
        session.add(writers, { name: 'undone' })
        await session.flush()
        throw new Error('business')
      }),
    )
    await session.commit()
    expect(await names()).toEqual(['kept'])
  })

  it('writes nothing more after a failed flush until a rollback', async () => {
    await using session = database().session()
    session.addAll(writers, [{ name: 'Ada' }, { name: 'Ada' }])
    expect(await failureOf(session.flush())).toBeInstanceOf(UniqueViolationError)
    expect(await failureOf(session.flush())).toBeInstanceOf(PendingRollbackError)
    await session.rollback()
    session.add(writers, { name: 'Ada' })
    await session.commit()
    expect(await names()).toEqual(['Ada'])
  })

  it('commits what database.begin() added', async () => {
    const ada = await database().begin(async (session) => session.add(writers, { name: 'Ada' }))
    expect(typeof ada.id).toBe('number')
  })

  it('refuses objects once the session is closed', async () => {
    const session = database().session()
    await session.close()
    expect(() => session.add(writers, { name: 'Ada' })).toThrow(/closed/)
  })
})
