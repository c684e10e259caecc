import { describe, expect, it } from 'vitest'
import { ConfigurationError } from '../../../src/errors/usage-error.js'
import { check } from '../../../src/metadata/check.js'
import { domain } from '../../../src/metadata/domain.js'
import { enumType } from '../../../src/metadata/enum-type.js'
import { extension } from '../../../src/metadata/extension.js'
import { foreignKey } from '../../../src/metadata/foreign-key.js'
import { primaryKey, unique } from '../../../src/metadata/key-constraint.js'
import { Metadata, type Tables } from '../../../src/metadata/metadata.js'
import { bigint, integer, serial } from '../../../src/metadata/number-columns.js'
import { partition, partitionBy } from '../../../src/metadata/partition.js'
import { policy } from '../../../src/metadata/policy.js'
import { sequence } from '../../../src/metadata/sequence.js'
import { sqlObject } from '../../../src/metadata/sql-object.js'
import { table } from '../../../src/metadata/table.js'
import { index } from '../../../src/metadata/table-index.js'
import { text, uuid, varchar } from '../../../src/metadata/text-columns.js'
import { type } from '../../../src/metadata/value-columns.js'
import { view } from '../../../src/metadata/view.js'

const describeAll = (tables: Tables) => new Metadata({ tables }).description
const refusalOf = (tables: Tables) => () => new Metadata({ tables })

describe('Metadata', () => {
  it('resolves every name, reference and type', () => {
    const mood = enumType('mood', ['sad'])
    const users = table('users', { id: bigint().primaryKey(), mood: mood() })
    const songs = table('songs', {
      ownerId: bigint()
        .named('owner_id')
        .references(() => users.id, { onDelete: 'cascade' }),
    })
    const { tables, enums } = new Metadata({ schema: 'app', tables: { users, songs } }).description
    expect(enums).toEqual([{ schema: 'app', name: 'mood', values: ['sad'], comment: undefined }])
    expect(tables[0]?.columns[1]).toMatchObject({
      name: 'mood',
      type: { kind: 'enum', schema: 'app', name: 'mood' },
    })
    expect(tables[0]?.columns[0]?.notNull).toBe(true)
    expect(tables[1]?.columns[0]).toMatchObject({ key: 'ownerId', name: 'owner_id' })
    expect(tables[1]?.foreignKeys).toMatchObject([
      {
        name: 'songs_owner_id_fkey',
        columns: ['owner_id'],
        target: { schema: 'app', name: 'users' },
        targetColumns: ['id'],
        onDelete: 'cascade',
        onUpdate: 'no action',
        match: 'simple',
        deferrable: false,
      },
    ])
  })

  it('finds enums and domains through columns and domains, each once and in an order that works', () => {
    const mood = enumType('mood', ['sad'])
    const inner = domain('inner', mood())
    const outer = domain('outer', inner().array())
    const { enums, domains } = describeAll({ t: table('t', { a: outer(), b: mood(), c: inner() }) })
    expect(enums.map(({ name }) => name)).toEqual(['mood'])
    expect(domains.map(({ name }) => name)).toEqual(['inner', 'outer'])
  })

  it('names every schema that something lives in', () => {
    const parts = table('parts', { day: text().notNull() }, (t) => [
      partitionBy('list', t.day),
      partition('p', 'DEFAULT', {
        schema: 'cold',
        extras: [partitionBy('list', t.day), partition('q', 'DEFAULT', { schema: 'colder' })],
      }),
    ])
    const { schemas } = new Metadata({
      schema: 'app',
      tables: { parts, other: table('other', {}, { schema: 'auth' }) },
      sequences: [sequence('s', { schema: 'numbers' })],
      extensions: [extension('citext', { schema: 'extensions' })],
      schemas: ['empty', { name: 'auth', comment: 'Who is who' }],
    }).description
    expect(schemas.map(({ name }) => name).toSorted()).toEqual([
      'app',
      'auth',
      'cold',
      'colder',
      'empty',
      'extensions',
      'numbers',
    ])
    expect(schemas.find(({ name }) => name === 'auth')?.comment).toBe('Who is who')
  })

  it('moves to another schema what names none, and stays as it was', () => {
    const here = table('here', { id: integer() })
    const there = table('there', { id: integer() }, { schema: 'auth' })
    const metadata = new Metadata({
      schema: 'app',
      tables: { here, there },
      objects: [sqlObject({ kind: 'x', name: 'x', create: (q) => q(here), drop: (q) => q(there) })],
    })
    const moved = metadata.inSchema('tenant')
    expect(moved.description.tables.map(({ schema }) => schema)).toEqual(['tenant', 'auth'])
    expect(moved.description.objects).toMatchObject([{ create: ['"tenant"."here"'], drop: '"auth"."there"' }])
    expect(metadata.description.tables[0]?.schema).toBe('app')
    expect(moved.describe(here).schema).toBe('tenant')
  })

  it('can not be changed, and leaves what it was given as it was', () => {
    const parameters = { fillfactor: 70 }
    const metadata = new Metadata({
      tables: { t: table('t', { id: integer() }, (t) => [index(t.id).with(parameters)]) },
    })
    expect(Object.isFrozen(metadata.description.tables[0]?.indexes[0]?.with)).toBe(true)
    expect(Object.isFrozen(parameters)).toBe(false)
  })

  it('describes a table that it has, and says which it has not', () => {
    const known = table('known', { id: integer() })
    expect(new Metadata({ tables: { known } }).describe(known).name).toBe('known')
    expect(() => new Metadata({ tables: { known } }).describe(table('known', {}))).toThrow(
      '"known" is not a table',
    )
  })

  it('is empty in the schema public when nothing is said', () => {
    const metadata = new Metadata()
    expect(metadata.schema).toBe('public')
    expect(metadata.description.schemas).toEqual([{ name: 'public', comment: undefined }])
  })

  it.each(['', 'pg_catalog', 'information_schema', 'a'.repeat(64)])('refuses the schema %j', (schema) => {
    expect(() => new Metadata({ schema })).toThrow(ConfigurationError)
  })

  it('refuses unknown options and names the nearest', () => {
    expect(() => new Metadata({ table: {} } as object)).toThrow('Did you mean tables?')
  })
})

describe('Metadata, of references', () => {
  const users = table('users', { id: bigint().primaryKey(), name: varchar(20), tags: text().array() })

  it('resolves cycles and references to the table itself', () => {
    const a = table('a', {
      id: bigint().primaryKey(),
      b: bigint().references(() => b.id),
      self: bigint().references(() => a.id),
    })
    const b = table('b', { id: bigint().primaryKey(), a: bigint().references(() => a.id) })
    const { tables } = describeAll({ a, b })
    expect(tables.map((each) => each.foreignKeys.map(({ target }) => target.name))).toEqual([
      ['b', 'a'],
      ['a'],
    ])
  })

  it.each([
    [
      'leads out of the metadata',
      table('t', { a: bigint().references(() => table('x', { id: bigint() }).id) }),
      'not among',
    ],
    ['gives nothing', table('t', { a: bigint().references(() => undefined) }), 'gives undefined'],
    ['gives a table', table('t', { a: bigint().references(() => 5) }), 'gives a number'],
    ['points at a column of no table', table('t', { a: bigint().references(() => bigint()) }), 'not among'],
    [
      'has more columns than it points at',
      table('t', { a: bigint(), b: bigint() }, (t) => [foreignKey([t.a, t.b], () => users.id)]),
      '2 column(s) and points at 1',
    ],
    [
      'points into two tables',
      table('t', { a: bigint(), b: bigint() }, (t) => [
        foreignKey([t.a, t.b], () => [users.id, table('x', { id: bigint() }).id]),
      ]),
      'another table',
    ],
    [
      'sets a column of another table to null',
      table('t', { a: bigint() }, (t) => [
        foreignKey([t.a], () => users.id, { onDeleteColumns: [users.id] }),
      ]),
      'another table',
    ],
    [
      'compares text with bigint',
      table('t', { a: text().references(() => users.id) }),
      'type text and points at id of type bigint',
    ],
    ['compares an array with its element', table('t', { a: text().references(() => users.tags) }), 'text[]'],
    [
      'compares uuid with text',
      table('t', { a: uuid().references(() => users.name) }),
      'Give both columns the same type',
    ],
  ])('refuses one that %s', (_what, t, message) => {
    expect(refusalOf({ users, t })).toThrow(ConfigurationError)
    expect(refusalOf({ users, t })).toThrow(message)
  })

  it.each([
    ['integer and bigint', integer()],
    ['a domain and its base', domain('d', bigint())()],
    ['a type that only the server knows', type('my_bigint')],
  ])('accepts types that PostgreSQL compares, for %s', (_what, column) => {
    const t = table('t', { a: column.references(() => users.id) })
    expect(describeAll({ users, t }).tables[1]?.foreignKeys).toHaveLength(1)
  })
})

describe('Metadata, of contradictions', () => {
  const columns = { a: integer().notNull(), b: integer() }

  it.each([
    [
      'two primary keys',
      table('t', { a: integer().primaryKey(), b: integer().primaryKey() }),
      '2 declarations of its primary key',
    ],
    [
      'two partition keys',
      table('t', columns, (t) => [partitionBy('list', t.a), partitionBy('list', t.b)]),
      'partition key',
    ],
    ['a partition without a key', table('t', columns, () => [partition('p', 'DEFAULT')]), 'no partition key'],
    [
      'two policies of one name',
      table('t', columns, () => [policy('p'), policy('p')]),
      'two policies called "p"',
    ],
    [
      'a default and an identity',
      table('t', { a: integer().default(1).identity() }),
      'both a default and an identity',
    ],
    [
      'a default and an expression',
      table('t', { a: integer().default(1).generatedAs('1') }),
      'both a default and an expression',
    ],
    [
      'an identity that counts in halves',
      table('t', { a: integer().identity({ start: 0.5 }) }),
      'start of the sequence of t.a is 0.5',
    ],
    [
      'an index over a column of another table',
      table('t', columns, () => [index(integer())]),
      'belongs to another table',
    ],
  ])('refuses a table with %s', (_what, t, message) => {
    expect(refusalOf({ t })).toThrow(ConfigurationError)
    expect(refusalOf({ t })).toThrow(message)
  })

  it('makes the columns of a primary key not null', () => {
    const t = table('t', columns, (own) => [primaryKey(own.b)])
    expect(describeAll({ t }).tables[0]?.columns.map(({ notNull }) => notNull)).toEqual([true, true])
  })
})

describe('Metadata, of names', () => {
  const long = 'n'.repeat(63)
  const t = (name: string) => table(name, { a: integer() })

  it.each([
    ['two tables', { a: t('x'), b: t('x') }],
    ['two tables that the server cuts to one', { a: t(`${long}1`), b: t(`${long}2`) }],
    ['a table and a view', { a: t('x'), b: view('x', 'select 1') }],
    ['a table and an enum', { a: t('x'), b: table('y', { e: enumType('x', ['v'])() }) }],
    ['a table and an index', { a: t('x'), b: table('y', { a: integer() }, (own) => [index('x', own.a)]) }],
    [
      'an index and a unique constraint',
      { b: table('y', { a: integer().unique('i') }, (own) => [index('i', own.a)]) },
    ],
    [
      'two indexes of two tables',
      {
        a: table('x', { a: integer() }, (own) => [index('i', own.a)]),
        b: table('y', { a: integer() }, (own) => [index('i', own.a)]),
      },
    ],
    [
      'two checks of one table',
      { a: table('x', { a: integer() }, () => [check('true', 'c'), check('false', 'c')]) },
    ],
    ['two columns', { a: table('x', { a: integer(), b: integer().named('a') }) }],
    [
      'two columns that the server cuts to one',
      { a: table('x', { [`${long}1`]: integer(), [`${long}2`]: integer() }) },
    ],
    [
      'a table and a partition',
      {
        a: t('p'),
        b: table('x', { a: integer() }, (own) => [partitionBy('list', own.a), partition('p', 'DEFAULT')]),
      },
    ],
    ['a sequence and a table', { a: t('s'), b: table('x', { a: serial({ name: 's' }) }) }],
  ])('refuses one name for %s', (_what, tables) => {
    expect(refusalOf(tables)).toThrow(ConfigurationError)
    expect(refusalOf(tables)).toThrow(/would both be called/)
  })

  it.each([
    ['tables of two schemas', { a: t('x'), b: table('x', { a: integer() }, { schema: 'auth' }) }],
    [
      'constraints of two tables',
      {
        a: table('x', { a: integer().check('true', 'c') }),
        b: table('y', { a: integer().check('true', 'c') }),
      },
    ],
  ])('accepts one name for %s', (_what, tables) => {
    expect(refusalOf(tables)).not.toThrow()
  })

  it('lets a declared name win over a default one, whatever the order', () => {
    const first = table('first', { a: integer().unique() })
    const second = table('second', { a: integer().unique('first_a_key') })
    const { tables } = describeAll({ first, second })
    expect(tables.flatMap(({ uniques }) => uniques.map(({ name }) => name))).toEqual([
      'first_a_key1',
      'first_a_key',
    ])
  })

  it('cuts declared names as the server does', () => {
    const cut = table('x', { [`${long}x`]: integer().notNull(`${long}y`) }, (own) => [
      unique(`${long}z`, own[`${long}x`]!),
    ])
    expect(describeAll({ cut }).tables[0]).toMatchObject({
      columns: [{ name: long, notNullName: long }],
      uniques: [{ name: long, columns: [long] }],
    })
  })

  it.each(['', 'a\0b', 'a\ud800'])('refuses the name %j', (name) => {
    expect(refusalOf({ a: t(name) })).toThrow(ConfigurationError)
    expect(refusalOf({ a: table('x', { a: integer().named(name) }) })).toThrow(ConfigurationError)
  })
})
