import type { Generated, Kysely } from 'kysely'
import { describe, expectTypeOf, it } from 'vitest'
import type { ReadSession } from '../../src/session/read-session.js'
import type { Session } from '../../src/session/session.js'

interface DB {
  person: { id: Generated<number>; name: string }
}

declare const session: ReadSession<DB>

describe('ReadSession', () => {
  it('has no method that writes', () => {
    type Writing =
      | 'insertInto'
      | 'replaceInto'
      | 'updateTable'
      | 'deleteFrom'
      | 'mergeInto'
      | 'schema'
      | 'transaction'
      | 'startTransaction'
      | 'connection'
      | 'add'
      | 'addAll'
      | 'delete'
      | 'merge'
      | 'flush'
      | 'begin'
      | 'beginNested'
      | 'transactional'
      | 'bulkInsert'
    expectTypeOf<Extract<keyof ReadSession<DB>, Writing>>().toEqualTypeOf<never>()
    expectTypeOf<Extract<keyof ReturnType<ReadSession<DB>['withSchema']>, Writing>>().toEqualTypeOf<never>()
    // @ts-expect-error a common table expression does not bring them back
    const write: unknown = session.with('one', (db) => db.selectFrom('person').select('id')).insertInto
    expectTypeOf(write).toBeUnknown()
    // @ts-expect-error nor does its own query
    session.with('gone', (db) => db.deleteFrom('person').returning('id'))
  })

  it('reads with the types of Kysely', () => {
    const rows = session
      .with('named', (db) => db.selectFrom('person').select('name'))
      .selectFrom('named')
      .selectAll()
      .execute()
    expectTypeOf(rows).resolves.toEqualTypeOf<{ name: string }[]>()
  })

  it('is what a session can be given for, and is none itself', () => {
    expectTypeOf<Session<DB>>().toExtend<ReadSession<DB>>()
    expectTypeOf<ReadSession<DB>>().not.toExtend<Session<DB>>()
    expectTypeOf<ReadSession<DB>>().not.toExtend<Kysely<DB>>()
  })
})
