import type { Generated, Kysely } from 'kysely'
import { describe, expectTypeOf, it } from 'vitest'
import { prepareQuery, type AsyncDatabase, type Result, type Session } from '../../src/index.js'

interface DB {
  users: { id: Generated<number>; email: string; age: number | null }
}
interface Other {
  songs: { id: number }
}

declare const session: Session<DB>
declare const other: Session<Other>
declare const database: AsyncDatabase<DB>

const byId = prepareQuery<{ id: number }>()((db: Kysely<DB>, param) =>
  db.selectFrom('users').selectAll().where('id', '=', param('id')),
)

describe('prepareQuery', () => {
  it('gives rows of the type that the query selects', () => {
    expectTypeOf(session.execute(byId, { id: 1 })).resolves.toEqualTypeOf<
      Result<{ id: number; email: string; age: number | null }>
    >()
    expectTypeOf(session.stream(byId, { id: 1 }, { chunkSize: 10 })).toEqualTypeOf<
      AsyncIterableIterator<{ id: number; email: string; age: number | null }, void, void>
    >()
  })

  it('refuses wrong, missing and unknown parameters where it is run', () => {
    // @ts-expect-error -- text where a number is expected
    void session.execute(byId, { id: '1' })
    // @ts-expect-error -- no parameter
    void session.execute(byId, {})
    // @ts-expect-error -- no parameters
    void session.execute(byId)
    // @ts-expect-error -- a name that is none
    void session.execute(byId, { id: 1, name: 'Ada' })
    // @ts-expect-error -- text where a number is expected
    void database.execute(byId, { id: '1' })
    // @ts-expect-error -- no parameters
    void session.stream(byId)
  })

  it('refuses unknown parameters and columns of another type where it is built', () => {
    prepareQuery<{ id: number }>()((db: Kysely<DB>, param) =>
      // @ts-expect-error -- there is no parameter of this name
      db.selectFrom('users').selectAll().where('id', '=', param('ID')),
    )
    prepareQuery<{ id: string }>()((db: Kysely<DB>, param) =>
      // @ts-expect-error -- the column is a number
      db.selectFrom('users').selectAll().where('id', '=', param('id')),
    )
    prepareQuery<{ id: number }>()((db: Kysely<DB>) =>
      // @ts-expect-error -- there is no table of this name
      db.selectFrom('people').selectAll(),
    )
  })

  it('refuses to run on a database without its tables', () => {
    // @ts-expect-error -- that database has no users
    void other.execute(byId, { id: 1 })
  })

  it('takes parameters in values, limits and lists', () => {
    const insert = prepareQuery<{ email: string; age: number | null }>()((db: Kysely<DB>, param) =>
      db
        .insertInto('users')
        .values({ email: param('email'), age: param('age') })
        .returning('id'),
    )
    expectTypeOf(session.execute(insert, { email: 'a@x', age: null })).resolves.toEqualTypeOf<
      Result<{ id: number }>
    >()
    const page = prepareQuery<{ size: number }>()((db: Kysely<DB>, param) =>
      db.selectFrom('users').select('id').limit(param('size')),
    )
    void session.execute(page, { size: 1 })
  })

  it('knows the tables of the database that prepares it', () => {
    const query = database.prepareQuery<{ id: number }>()((db, param) =>
      db.selectFrom('users').select('email').where('id', '=', param('id')),
    )
    expectTypeOf(database.execute(query, { id: 1 })).resolves.toEqualTypeOf<Result<{ email: string }>>()
    expectTypeOf(database.with({ schema: 'a' }).execute(query, { id: 1 })).resolves.toEqualTypeOf<
      Result<{ email: string }>
    >()
    database.prepareQuery<{ id: number }>()((db) =>
      // @ts-expect-error -- there is no table of this name
      db.selectFrom('people').selectAll(),
    )
  })
})
