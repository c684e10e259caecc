import type { ColumnType, Insertable, Selectable, Updateable } from 'kysely'
import { sql } from 'kysely'
import { describe, expectTypeOf, it } from 'vitest'
import { domain } from '../../src/metadata/domain.js'
import { enumType } from '../../src/metadata/enum-type.js'
import { foreignKey } from '../../src/metadata/foreign-key.js'
import type { InferDatabase } from '../../src/metadata/infer-database.js'
import type { InferDatabaseWithPrefix } from '../../src/metadata/infer-database-with-prefix.js'
import { primaryKey, unique } from '../../src/metadata/key-constraint.js'
import type { Metadata } from '../../src/metadata/metadata.js'
import {
  bigint,
  bigintNumber,
  bigintString,
  integer,
  numeric,
  serial,
} from '../../src/metadata/number-columns.js'
import { table } from '../../src/metadata/table.js'
import type { TableExtra } from '../../src/metadata/table-extra.js'
import { index } from '../../src/metadata/table-index.js'
import { text, varchar } from '../../src/metadata/text-columns.js'
import { date, timestamptz } from '../../src/metadata/time-columns.js'
import { boolean, bytea, jsonb, type } from '../../src/metadata/value-columns.js'
import { materializedView, view } from '../../src/metadata/view.js'

interface Prefs {
  readonly theme: 'dark' | 'light'
}

const mood = enumType('mood', ['sad', 'ok'])
const email = domain('email', text().check("VALUE like '%@%'"))

const users = table(
  'users',
  {
    id: bigint().identity().primaryKey(),
    code: integer().identityAlways(),
    email: email().notNull().unique(),
    name: text(),
    mood: mood().notNull().default('ok'),
    moods: mood().array(),
    prefs: jsonb<Prefs>().notNull(),
    wide: bigintString().notNull(),
    narrow: bigintNumber(),
    price: numeric(10, 2).notNull(),
    isActive: boolean().notNull().default(true),
    lower: text().generatedAs('lower(name)'),
    lowerNotNull: text().notNull().generatedAs('lower(email)'),
    createdAt: timestamptz()
      .notNull()
      .default(sql`now()`),
    born: date(),
    photo: bytea(),
    at: type<{ x: number }>('geometry(Point,4326)'),
    kind: varchar(10).$type<'a' | 'b'>().notNull(),
    teamId: bigint()
      .notNull()
      .references(() => teams.id, { onDelete: 'cascade' }),
    optional: integer().notNull().null(),
    n: serial(),
  },
  (t) => [index('users_team', t.teamId).where(sql`${t.email} is not null`)],
)
const teams = table('teams', {
  id: bigint().identity().primaryKey(),
  ownerId: bigint().references(() => users.id),
  parentId: bigint().references(() => teams.id),
})
const counts = view<{ id: bigint; total: number | null }>('counts', 'select 1')
/* eslint-disable @typescript-eslint/no-unused-vars, @typescript-eslint/no-unsafe-call, @typescript-eslint/no-unsafe-argument -- what is declared for its type, and what must not compile. */
const tables = { users, teams, counts }
/** Kysely gives an intersection, which is equal to nothing but itself. */
type Flat<T> = { [K in keyof T]: T[K] }

interface DB extends InferDatabase<typeof tables> {}

describe('InferDatabase', () => {
  it('reads every column with its type, null where it takes NULL', () => {
    expectTypeOf<Selectable<DB['users']>>().toEqualTypeOf<{
      id: bigint
      code: number
      email: string
      name: string | null
      mood: 'ok' | 'sad'
      moods: ('ok' | 'sad')[] | null
      prefs: Prefs
      wide: string
      narrow: number | null
      price: string
      isActive: boolean
      lower: string | null
      lowerNotNull: string
      createdAt: Date
      born: string | null
      photo: Buffer | null
      at: { x: number } | null
      kind: 'a' | 'b'
      teamId: bigint
      optional: number | null
      n: number
    }>()
  })

  it('makes nullable, defaulted and numbered columns optional on insert, and leaves computed ones out', () => {
    expectTypeOf<Flat<Insertable<DB['users']>>>().toEqualTypeOf<{
      id?: bigint | number | undefined
      email: string
      name?: string | null
      mood?: 'ok' | 'sad' | undefined
      moods?: ('ok' | 'sad')[] | null
      prefs: Prefs
      wide: bigint | number | string
      narrow?: bigint | number | null
      price: bigint | number | string
      isActive?: boolean | undefined
      createdAt?: Date | string | undefined
      born?: string | null
      photo?: Uint8Array | null
      at?: { x: number } | null
      kind: 'a' | 'b'
      teamId: bigint | number
      optional?: number | null
      n?: number | undefined
    }>()
  })

  it('takes nothing for computed columns on update', () => {
    expectTypeOf<Updateable<DB['users']>>().not.toHaveProperty('lower')
    expectTypeOf<Updateable<DB['users']>>().not.toHaveProperty('code')
    expectTypeOf<Updateable<DB['users']>['name']>().toEqualTypeOf<string | null | undefined>()
  })

  it('gives a plain type where reading, writing and inserting agree', () => {
    expectTypeOf<DB['users']['email']>().toEqualTypeOf<string>()
    expectTypeOf<DB['users']['name']>().toEqualTypeOf<string | null>()
    expectTypeOf<DB['users']['price']>().toEqualTypeOf<
      ColumnType<string, bigint | number | string, bigint | number | string>
    >()
  })

  it('reads views and writes none of their columns', () => {
    expectTypeOf<Selectable<DB['counts']>>().toEqualTypeOf<{ id: bigint; total: number | null }>()
    expectTypeOf<keyof Insertable<DB['counts']>>().toEqualTypeOf<never>()
  })

  it('infers references in a circle and to the table itself', () => {
    expectTypeOf<Selectable<DB['teams']>>().toEqualTypeOf<{
      id: bigint
      ownerId: bigint | null
      parentId: bigint | null
    }>()
  })
})

describe('InferDatabaseWithPrefix', () => {
  it('puts the prefix before every key and leaves the columns as they are', () => {
    type Prefixed = InferDatabaseWithPrefix<typeof tables, 'app.'>
    expectTypeOf<keyof Prefixed>().toEqualTypeOf<'app.counts' | 'app.teams' | 'app.users'>()
    expectTypeOf<Selectable<Prefixed['app.teams']>>().toEqualTypeOf<Selectable<DB['teams']>>()
  })
})

describe('ColumnBuilder', () => {
  it('refuses a default of another type', () => {
    // @ts-expect-error -- a string is no integer
    integer().default('1')
    // @ts-expect-error -- not one of the enum's values
    mood().default('furious')
    // @ts-expect-error -- the JSON's type is stated
    jsonb<Prefs>().default({ theme: 'pink' })
    // @ts-expect-error -- boolean default
    boolean().default('true')
    integer().default(sql`1 + 1`)
  })

  it('ends the chain with references()', () => {
    const finished = bigint().references(() => users.id)
    // @ts-expect-error -- the reference comes last
    finished.notNull()
    // @ts-expect-error -- unknown action
    bigint().references(() => users.id, { onDelete: 'explode' })
    // @ts-expect-error -- an arrow is needed, because the other table may not exist yet
    bigint().references(users.id)
  })

  it('keeps the literal type of enum values', () => {
    expectTypeOf(mood.values).toEqualTypeOf<readonly ('ok' | 'sad')[]>()
  })
})

describe('table', () => {
  it('offers its columns to indexes and keys, and nothing else', () => {
    table('t', { a: integer(), b: integer() }, (t) => [
      primaryKey(t.a, t.b),
      foreignKey([t.a], () => users.code),
    ])
    // @ts-expect-error -- no such column
    table('t', { a: integer() }, (t) => [index(t.b)])
    // @ts-expect-error -- not a column
    table('t', { a: 'integer' })
    // @ts-expect-error -- unknown option
    table('t', { a: integer() }, { schemaName: 'x' })
  })

  it('takes indexes and constraints together, and one or the other by a condition', () => {
    const isUnique = Math.random() > 0.5
    table('mixed', { a: text() }, (t) => [index(t.a), unique(t.a)])
    table('either', { a: text() }, (t) => (isUnique ? [unique(t.a)] : [index(t.a)]))
    table('none', { a: text() }, () => [])
    table('any', { a: text() }, (t): readonly TableExtra[] => [index(t.a)])
    // @ts-expect-error -- a column is no index.
    table('column', { a: text() }, (t) => [t.a])
  })

  it('takes the options as third parameter where there is nothing else', () => {
    expectTypeOf(table('t', { a: integer() }, { schema: 'x' }).a).toEqualTypeOf(integer())
  })
})

describe('Metadata', () => {
  it('is accepted with any tables where any will do', () => {
    expectTypeOf<Metadata<typeof tables>>().toExtend<Metadata>()
    expectTypeOf<Metadata<typeof tables>['tables']['users']['$']['name']>().toEqualTypeOf<'users'>()
  })

  it('knows the rows of a materialized view in its indexes', () => {
    materializedView<{ id: bigint }>('m', 'select 1', { indexes: (column) => [index(column('id')).unique()] })
    // @ts-expect-error -- no such column
    materializedView<{ id: bigint }>('m', 'select 1', { indexes: (column) => [index(column('di'))] })
  })
})
