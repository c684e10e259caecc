import { describe, expectTypeOf, it } from 'vitest'
import { check } from '../../src/metadata/check.js'
import type { CheckReferences } from '../../src/metadata/check-references.js'
import { foreignKey } from '../../src/metadata/foreign-key.js'
import { primaryKey } from '../../src/metadata/key-constraint.js'
import { bigint, bigintNumber, integer } from '../../src/metadata/number-columns.js'
import { table } from '../../src/metadata/table.js'
import type { TableExtra } from '../../src/metadata/table-extra.js'
import { index } from '../../src/metadata/table-index.js'
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

// Two tables that refer to each other and to themselves over several columns.
const orders = table(
  'orders',
  { shop: text().notNull(), no: bigint().notNull(), lastLine: integer(), before: bigint() },
  (t) => [
    primaryKey(t.shop, t.no),
    foreignKey([t.shop, t.no, t.lastLine], () => [lines.shop, lines.orderNo, lines.line] as const),
    foreignKey([t.shop, t.before], () => [orders.shop, orders.no] as const, { onDelete: 'set null' }),
  ],
)
const lines = table('lines', { shop: text(), orderNo: bigint(), line: integer() }, (t) => [
  index(t.orderNo),
  check('line > 0'),
  foreignKey([t.shop, t.orderNo], () => [orders.shop, orders.no] as const),
])
const notes = table('notes', { shop: text(), orderNo: bigint(), line: integer() }, (t) => [
  foreignKey([t.shop, t.orderNo], () => [orders.shop, orders.no]),
  foreignKey([t.orderNo], () => orders.no),
])
const composite = { orders, lines, notes, users, teams }

const swapped = table('swapped', { shop: text(), no: bigint() }, (t) => [
  index(t.no),
  foreignKey([t.no, t.shop], () => [orders.shop, orders.no] as const),
])
const short = table('short', { shop: text(), no: bigint() }, (t) => [
  foreignKey([t.shop, t.no], () => [orders.shop] as const),
])
const single = table('single', { shop: text(), no: bigint() }, (t) => [
  foreignKey([t.shop, t.no], () => orders.shop),
])
const alien = table('alien', { shop: text(), no: integer() }, (t) => [
  foreignKey([t.shop, t.no], () => [orders.shop, orders.no]),
])
const wrong = table('wrong', { shop: text(), no: integer().references(() => users.id) }, (t) => [
  foreignKey([t.no], () => orders.no),
])
const nowhere = table('nowhere', { shop: text() }, (t) => [foreignKey([t.shop], () => undefined)])
const eager = table('eager', { shop: text() }, (t) => [foreignKey([t.shop], (_: string) => orders.shop)])
/** What nobody can tell: the type of what stands beside the columns was given away. */
const blind = table('blind', { shop: text(), no: integer() }, (t): readonly TableExtra[] => [
  foreignKey([t.shop, t.no], () => [orders.shop, orders.no] as const),
])
const flawedPairs = {
  orders,
  lines,
  swapped,
  short,
  single,
  alien,
  wrong,
  nowhere,
  eager,
  blind,
  users,
  teams,
}

describe('CheckReferences, over several columns', () => {
  it('is empty when every pair fits, cycles and self-references included', () => {
    expectTypeOf<CheckReferences<typeof composite>>().toEqualTypeOf<{}>()
  })

  it('names each table with a foreign key that does not fit', () => {
    expectTypeOf<CheckReferences<typeof flawedPairs>>().toEqualTypeOf<{
      swapped: { readonly 'foreignKey()': 'a referenced column is of another type' }
      short: { readonly 'foreignKey()': 'there are not as many referenced columns' }
      single: { readonly 'foreignKey()': 'there are not as many referenced columns' }
      alien: { readonly 'foreignKey()': 'a referenced column is of another type' }
      wrong: {
        no: 'the referenced column is of another type'
        readonly 'foreignKey()': 'a referenced column is of another type'
      }
      nowhere: { readonly 'foreignKey()': 'the reference does not give columns' }
      eager: { readonly 'foreignKey()': 'the reference does not give columns' }
    }>()
    expectTypeOf<{}>().not.toExtend<CheckReferences<typeof flawedPairs>>()
  })

  it('leaves the columns and their types as they are', () => {
    expectTypeOf(orders.no).toEqualTypeOf(bigint().notNull())
    expectTypeOf(orders.$.name).toEqualTypeOf<'orders'>()
  })
})
