import { describe, expect, inject, it } from 'vitest'
import { AsyncDatabase } from '../../../src/database/async-database.js'
import type { ReferenceAction, ReferenceOptions } from '../../../src/metadata/column-definition.js'
import { exclude } from '../../../src/metadata/exclude.js'
import { extension } from '../../../src/metadata/extension.js'
import { foreignKey } from '../../../src/metadata/foreign-key.js'
import { primaryKey, unique } from '../../../src/metadata/key-constraint.js'
import { Metadata } from '../../../src/metadata/metadata.js'
import { integer } from '../../../src/metadata/number-columns.js'
import { int4range } from '../../../src/metadata/range-columns.js'
import { table, type AnyTable } from '../../../src/metadata/table.js'
import { index } from '../../../src/metadata/table-index.js'
import { text } from '../../../src/metadata/text-columns.js'
import { jsonb } from '../../../src/metadata/value-columns.js'
import { reflect } from '../../../src/reflection/reflect.js'
import { temporaryDatabase } from '../../support/temporary-database.js'
import { via } from '../../support/via.js'
import { createIn } from '../ddl/create-in.js'

const ACTIONS: readonly ReferenceAction[] = ['cascade', 'no action', 'restrict', 'set default', 'set null']
const TIMES = [false, true, 'initially deferred', 'initially immediate'] as const

async function reflected(metadata: Metadata): Promise<Metadata> {
  await using empty = await temporaryDatabase(inject('databaseUrl'))
  await createIn(empty.url, metadata)
  await using database = new AsyncDatabase({ ...via(empty.url) })
  return await reflect(database)
}

/** `true` and `initially immediate` are one thing. */
function settled(options: ReferenceOptions): ReferenceOptions {
  return options.deferrable === 'initially immediate' ? { ...options, deferrable: true } : options
}

const options: readonly ReferenceOptions[] = [
  ...ACTIONS.flatMap((onDelete) => ACTIONS.map((onUpdate) => ({ onDelete, onUpdate }))),
  ...TIMES.map((deferrable) => ({ deferrable })),
  { match: 'full' },
  { notValid: true },
  { comment: "It's a key" },
  {
    match: 'full',
    onDelete: 'set null',
    onUpdate: 'cascade',
    deferrable: 'initially deferred',
    notValid: true,
  },
]

describe('A foreign key that is reflected', () => {
  it('has every option it was declared with, over one column and over several', async () => {
    const far = table('far', { a: integer(), b: integer(), c: integer().unique() }, (t) => [
      primaryKey(t.b, t.a),
    ])
    const tables: Record<string, AnyTable> = { far }
    for (const [number, option] of options.entries()) {
      const name = `t${String(number)}`
      tables[name] = table(name, { x: integer(), y: integer(), z: integer() }, (t) => [
        foreignKey([t.x, t.y], () => [far.a, far.b] as const, { ...option, name: `${name} pair` }),
        foreignKey([t.z], () => far.c, { ...option, name: `${name} single` }),
      ])
    }
    const { description } = await reflected(new Metadata({ tables }))
    for (const [number, option] of options.entries()) {
      const name = `t${String(number)}`
      const keys = description.tables.find((one) => one.name === name)?.foreignKeys
      expect(
        keys?.toSorted((one, other) => (one.name < other.name ? -1 : 1)),
        name,
      ).toMatchObject([
        { ...settled(option), name: `${name} pair`, columns: ['x', 'y'], targetColumns: ['a', 'b'] },
        { ...settled(option), name: `${name} single`, columns: ['z'], targetColumns: ['c'] },
      ])
    }
  })

  it.skipIf(inject('serverVersion') < 15)('knows which columns ON DELETE changes', async () => {
    const far = table('far', { a: integer(), b: integer() }, (t) => [primaryKey(t.a, t.b)])
    const near = table('near', { x: integer(), y: integer() }, (t) => [
      foreignKey([t.x, t.y], () => [far.a, far.b] as const, { onDelete: 'set null', onDeleteColumns: [t.y] }),
    ])
    const { description } = await reflected(new Metadata({ tables: { far, near } }))
    expect(description.tables.find(({ name }) => name === 'near')?.foreignKeys).toMatchObject([
      { onDelete: 'set null', onDeleteColumns: ['y'] },
    ])
  })
})

describe('A key, an exclusion constraint or an index that is reflected', () => {
  const columns = { a: integer().notNull(), b: text(), span: int4range().notNull(), data: jsonb() }
  const extensions = [extension('btree_gist', { schema: 'public' })]

  it('is described as it was declared', async () => {
    const keys = table('keys', columns, (t) => [
      primaryKey('pk', t.a, t.span).include(t.b).with({ fillfactor: 70 }).deferrable('initially deferred'),
      unique('u', t.b, t.a).include(t.span).deferrable().comment('Twice'),
      exclude('x', { on: t.a, with: '=' }, { on: t.span, with: '&&' })
        .where('a > 0')
        .deferrable('initially deferred'),
      exclude('h', { on: t.b, with: '=' }).using('hash'),
    ])
    const indexes = table('indexes', columns, (t) => [
      index('i_gin', { on: t.data, operatorClass: 'jsonb_path_ops' })
        .using('gin')
        .with({ fastupdate: false }),
      index('i_brin', t.a).using('brin').with({ pages_per_range: 64 }),
      index('i_hash', t.b).using('hash'),
      index('i_spgist', t.span).using('spgist').include(t.a),
      index('i_partial', { on: t.a, order: 'desc' }, { on: t.b, nulls: 'first', collate: 'C' })
        .unique()
        .include(t.span)
        .where('a > 0')
        .comment('Some'),
    ])
    const metadata = new Metadata({ tables: { keys, indexes }, extensions })
    const found = await reflected(metadata)
    for (const declared of metadata.description.tables) {
      const read = found.description.tables.find(({ name }) => name === declared.name)
      const parts = (one: typeof declared | undefined) => ({
        primaryKey: one?.primaryKey,
        uniques: one?.uniques,
        exclusions: byName(one?.exclusions).map(settledText),
        indexes: byName(one?.indexes).map(settledText),
      })
      expect(parts(read)).toMatchObject(parts(declared))
    }
  })

  it.skipIf(inject('serverVersion') < 18)('may be a period that must not overlap', async () => {
    const rooms = table('rooms', columns, (t) => [primaryKey(t.a, t.span).withoutOverlaps()])
    const stays = table('stays', columns, (t) => [
      foreignKey([t.a, t.span], () => [rooms.a, rooms.span] as const, { period: true }),
    ])
    const { description } = await reflected(new Metadata({ tables: { rooms, stays }, extensions }))
    expect(description.tables).toMatchObject([
      { name: 'rooms', primaryKey: { columns: ['a', 'span'], withoutOverlaps: true } },
      { name: 'stays', foreignKeys: [{ period: true, columns: ['a', 'span'] }] },
    ])
  })
})

function byName<P extends { readonly name: string }>(parts: readonly P[] = []): readonly P[] {
  return parts.toSorted((one, other) => (one.name < other.name ? -1 : 1))
}

/** The server prints conditions in parentheses, and storage parameters in quotes. */
function settledText<P extends { readonly where: string | undefined; readonly with: object }>(part: P): P {
  return { ...part, where: part.where?.replaceAll(/[()]/g, '') }
}
