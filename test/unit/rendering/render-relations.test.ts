import { describe, expect, it } from 'vitest'
import { foreignKey } from '../../../src/metadata/foreign-key.js'
import { primaryKey, unique } from '../../../src/metadata/key-constraint.js'
import { Metadata, type Tables } from '../../../src/metadata/metadata.js'
import { bigint, integer, smallint } from '../../../src/metadata/number-columns.js'
import { int4range } from '../../../src/metadata/range-columns.js'
import { relations } from '../../../src/metadata/relations.js'
import { table } from '../../../src/metadata/table.js'
import type { TableExtra } from '../../../src/metadata/table-extra.js'
import { index } from '../../../src/metadata/table-index.js'
import { text, varchar } from '../../../src/metadata/text-columns.js'
import { domain } from '../../../src/metadata/domain.js'
import { enumType } from '../../../src/metadata/enum-type.js'
import { renderMetadata } from '../../../src/rendering/render-metadata.js'

/** The relations of one table as they are written, a line each. */
function relationsOf(tables: Tables, key: string): readonly string[] {
  const source = renderMetadata(new Metadata({ tables }))['tables.ts'] ?? ''
  const [, body = ''] =
    new RegExp(`^  ${key}: \\(r\\) => \\(\\{\\n([\\s\\S]*?)^  \\}\\),`, 'm').exec(source) ?? []
  return body
    .replaceAll(/\n {6,}/g, ' ')
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
}

const id = integer().primaryKey()
const user = table('user', { id })
const reference = integer().references(() => user.id)
type Desk = { readonly u: typeof reference }

describe('renderMetadata, of relations', () => {
  it('speaks in the case of the columns', () => {
    const post = table('post', {
      id,
      authorId: integer().references(() => user.id),
      editorID: integer().references(() => user.id),
    })
    expect(relationsOf({ user, post }, 'user')).toEqual([
      "postAsAuthor: r.many('post', { id: 'authorId' }),",
      "postAsEditor: r.many('post', { id: 'editorID' }),",
    ])
    expect(relationsOf({ user, post }, 'post').map((line) => line.split(':', 1)[0])).toEqual([
      'author',
      'editor',
    ])
  })

  it('never gives a relation the name of a column or of another relation', () => {
    const post = table('post', {
      id,
      author: text(),
      user: text(),
      author_id: integer().references(() => user.id),
      post: integer(),
      post_id: integer().references(() => post.id),
      author_id_row: text(),
    })
    expect(relationsOf({ user, post }, 'post').map((line) => line.split(':', 1)[0])).toEqual([
      'author_id_row_2',
      'post_id_row',
      'post_as_post',
    ])
  })

  it('says by which table two rows are linked where there are several ways', () => {
    const tag = table('tag', { id })
    const link = (name: string) =>
      table(
        name,
        { user_id: integer().references(() => user.id), tag_id: integer().references(() => tag.id) },
        (t) => [primaryKey(t.user_id, t.tag_id)],
      )
    const tables = { user, tag, likes: link('likes'), hates: link('hates') }
    expect(relationsOf(tables, 'user')).toEqual([
      "tag_via_likes: r.manyThrough('tag', { table: 'likes', from: { id: 'user_id' }, to: { tag_id: 'id' } }),",
      "tag_via_hates: r.manyThrough('tag', { table: 'hates', from: { id: 'user_id' }, to: { tag_id: 'id' } }),",
    ])
  })

  it.each([
    ['holds another column', { note: text() }, []],
    ['has no key over both', {}, undefined],
  ])('goes through no table that %s', (_, columns, extras) => {
    const tag = table('tag', { id })
    const link = table(
      'link',
      {
        user_id: integer()
          .notNull()
          .references(() => user.id),
        tag_id: integer()
          .notNull()
          .references(() => tag.id),
        ...columns,
      },
      (t) => (extras === undefined ? [] : [primaryKey(t.user_id, t.tag_id)]),
    )
    expect(relationsOf({ user, tag, link }, 'user')).toEqual(["link: r.many('link', { id: 'user_id' }),"])
  })

  it('goes through no table whose columns take NULL', () => {
    const tag = table('tag', { id })
    const link = table(
      'link',
      { user_id: integer().references(() => user.id), tag_id: integer().references(() => tag.id) },
      (t) => [unique(t.user_id, t.tag_id)],
    )
    expect(relationsOf({ user, tag, link }, 'user')).toEqual(["link: r.many('link', { id: 'user_id' }),"])
  })

  it.each([
    ['one row back, by a unique constraint', (t: Desk) => [unique(t.u)], 'one'],
    ['one row back, by a unique index', (t: Desk) => [index(t.u).unique()], 'one'],
    [
      'many rows back where the unique index is partial',
      (t: Desk) => [index(t.u).unique().where('u > 0')],
      'many',
    ],
    ['many rows back by an index that is not unique', (t: Desk) => [index(t.u)], 'many'],
  ] as const)('gives %s', (_, extras, kind) => {
    const desk = table('desk', { id, u: reference }, (t): readonly TableExtra[] => extras(t))
    expect(relationsOf({ user, desk }, 'user')).toEqual([`desk: r.${kind}('desk', { id: 'u' }),`])
  })

  it('leaves out what TypeScript would not compare, and periods', () => {
    const mood = enumType('mood', ['sad', 'ok'])
    const far = table('far', { id: bigint().primaryKey(), span: int4range(), mood: mood().unique() }, (t) => [
      unique('over', t.id, t.span).withoutOverlaps(),
    ])
    const near = table(
      'near',
      { far_id: integer().references(() => far.id), a: bigint(), span: int4range() },
      (t) => [foreignKey([t.a, t.span], () => [far.id, far.span], { period: true })],
    )
    const feeling = table('feeling', { mood: mood().references(() => far.mood) })
    expect(relationsOf({ far, near, feeling }, 'far')).toEqual([
      "feeling: r.many('feeling', { mood: 'mood' }),",
    ])
  })

  it('compares domains by what they are based on', () => {
    const word = domain('word', varchar(20))
    const far = table('far', { word: word().primaryKey(), small: smallint().unique() })
    const near = table('near', {
      a: text().references(() => far.word),
      b: integer().references(() => far.small),
    })
    expect(relationsOf({ far, near }, 'far')).toHaveLength(2)
  })

  it('says that a row may be missing where the key was not checked', () => {
    const post = table('post', {
      user_id: integer()
        .notNull()
        .references(() => user.id, { notValid: true }),
    })
    expect(relationsOf({ user, post }, 'post')).toEqual([
      "user: r.one('user', { user_id: 'id' }, { required: false }),",
    ])
  })

  it('names what two foreign keys say alike once', () => {
    const post = table('post', { user_id: integer().references(() => user.id) }, (t) => [
      foreignKey([t.user_id], () => user.id, { name: 'again' }),
    ])
    expect(relationsOf({ user, post }, 'post')).toEqual(["user: r.one('user', { user_id: 'id' }),"])
  })

  it('writes the relations that were declared, and then no others', () => {
    const post = table('post', {
      id,
      owner: integer()
        .notNull()
        .references(() => user.id),
      other: integer(),
    })
    const tables = { user, post }
    const related = relations(tables, {
      user: (r) => ({ posts: r.many('post', { id: 'owner' }, { cascade: 'delete' }) }),
      post: (r) => ({
        by: r.one('user', { owner: 'id' }),
        maybe: r.one('user', { owner: 'id' }, { required: false }),
        surely: r.one('user', { other: 'id' }, { required: true, cascade: 'deleteOrphan' }),
      }),
    })
    expect(renderMetadata(new Metadata({ tables, relations: related }))['tables.ts']).toContain(`
export const related = relations(tables, {
  user: (r) => ({
    posts: r.many('post', { id: 'owner' }, { cascade: 'delete' }),
  }),
  post: (r) => ({
    by: r.one('user', { owner: 'id' }),
    maybe: r.one('user', { owner: 'id' }, { required: false }),
    surely: r.one('user', { other: 'id' }, { cascade: 'deleteOrphan', required: true }),
  }),
})
`)
  })

  it('writes none where there is no foreign key', () => {
    const source = renderMetadata(new Metadata({ tables: { user } }))['tables.ts']
    expect(source).not.toContain('relations')
    expect(source).toContain('InferDatabase<typeof tables> {}')
  })
})
