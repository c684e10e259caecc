import { describe, expectTypeOf, it } from 'vitest'
import type { CheckReferences } from '../../src/metadata/check-references.js'
import { bigint, bigintNumber, integer } from '../../src/metadata/number-columns.js'
import { table } from '../../src/metadata/table.js'
import { text } from '../../src/metadata/text-columns.js'
import { view } from '../../src/metadata/view.js'

/* eslint-disable @typescript-eslint/no-unused-vars, @typescript-eslint/no-empty-object-type, @typescript-eslint/no-generated-empty-object-type -- what is declared for its type, and {} as an answer. */
const users = table('users', {
  id: bigint().identity().primaryKey(),
  teamId: bigint().references(() => teams.id),
  managerId: bigint().references(() => users.id),
})
const teams = table('teams', {
  id: bigint().identity().primaryKey(),
  ownerId: bigint().references(() => users.id),
})
const counts = view<{ id: bigint }>('counts', 'select 1')
const fitting = { users, teams, counts }

const posts = table('posts', {
  authorId: integer().references(() => users.id),
  title: text(),
  narrow: bigintNumber().references(() => users.id),
  nothing: bigint().references(() => undefined),
  parameter: bigint().references((_: string) => users.id),
})
const flawed = { users, teams, posts }

describe('CheckReferences', () => {
  it('is empty when every reference fits, cycles and self-references included', () => {
    expectTypeOf<CheckReferences<typeof fitting>>().toEqualTypeOf<{}>()
    expectTypeOf<{}>().toExtend<CheckReferences<typeof fitting>>()
  })

  it('names each table and column whose reference does not fit', () => {
    expectTypeOf<CheckReferences<typeof flawed>>().toEqualTypeOf<{
      posts: {
        authorId: 'the referenced column is of another type'
        narrow: 'the referenced column is of another type'
        nothing: 'the reference does not give a column'
        parameter: 'the reference does not give a column'
      }
    }>()
    expectTypeOf<{}>().not.toExtend<CheckReferences<typeof flawed>>()
  })
})
