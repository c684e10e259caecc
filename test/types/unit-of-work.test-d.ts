import { describe, expectTypeOf, it } from 'vitest'
import { primaryKey } from '../../src/metadata/key-constraint.js'
import { bigint, integer } from '../../src/metadata/number-columns.js'
import { table } from '../../src/metadata/table.js'
import { text } from '../../src/metadata/text-columns.js'
import { timestamptz } from '../../src/metadata/time-columns.js'
import type { Row } from '../../src/unit-of-work/row.js'
import type { UnitOfWork } from '../../src/unit-of-work/unit-of-work.js'

const users = table('users', {
  id: bigint().identityAlways().primaryKey(),
  email: text().notNull(),
  name: text(),
  createdAt: timestamptz().notNull().default(new Date()),
})
const likes = table(
  'likes',
  {
    userId: bigint()
      .notNull()
      .references(() => users.id),
    rank: integer().notNull(),
  },
  (t) => [primaryKey(t.userId, t.rank)],
)
declare const objects: UnitOfWork

describe('UnitOfWork.add', () => {
  it('asks for what has no default, and gives a row', () => {
    const ada = objects.add(users, { email: 'ada' })
    expectTypeOf(ada).toEqualTypeOf<Row<typeof users>>()
    expectTypeOf(ada.id).toEqualTypeOf<bigint>()
    expectTypeOf(ada.name).toEqualTypeOf<string | null>()
    expectTypeOf(ada.createdAt).toEqualTypeOf<Date>()
    ada.name = 'Ada'
    // @ts-expect-error -- not null
    ada.email = null
  })

  it('refuses what the table does not take', () => {
    // @ts-expect-error -- email has no default
    objects.add(users, {})
    // @ts-expect-error -- the server alone numbers it
    objects.add(users, { email: 'ada', id: 1n })
    // @ts-expect-error -- no such column
    objects.add(users, { email: 'ada', mail: 'x' })
    // @ts-expect-error -- another type
    objects.add(users, { email: 1 })
  })

  it('takes a value that another object will have', () => {
    const ada = objects.add(users, { email: 'ada' })
    expectTypeOf(objects.later(ada, 'id')).toEqualTypeOf<bigint>()
    objects.add(likes, { userId: objects.later(ada, 'id'), rank: 1 })
    // @ts-expect-error -- no such column
    objects.later(ada, 'mail')
  })
})

describe('UnitOfWork.get', () => {
  it('takes a key by value or by column', () => {
    expectTypeOf(objects.get(users, 1n)).resolves.toEqualTypeOf<Row<typeof users> | undefined>()
    expectTypeOf(objects.getOne(users, 1)).resolves.toEqualTypeOf<Row<typeof users>>()
    void objects.get(likes, { userId: 1n, rank: 2 })
    // @ts-expect-error -- another type
    void objects.get(likes, { userId: '1', rank: 2 })
    // @ts-expect-error -- no such column
    void objects.get(likes, { user: 1n })
  })
})

describe('UnitOfWork.refresh', () => {
  it('knows the columns of the object', () => {
    const ada = objects.add(users, { email: 'ada' })
    void objects.refresh(ada, ['name', 'createdAt'])
    // @ts-expect-error -- no such column
    void objects.refresh(ada, ['mail'])
    objects.expire(ada, ['name'])
  })
})
