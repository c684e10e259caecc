import { describe, expect, it } from 'vitest'
import { ConfigurationError } from '../../../src/errors/usage-error.js'
import { bigint } from '../../../src/metadata/number-columns.js'
import { relations } from '../../../src/metadata/relations.js'
import { table } from '../../../src/metadata/table.js'
import { text } from '../../../src/metadata/text-columns.js'

const users = table('users', { id: bigint().primaryKey(), name: text() })
const posts = table('posts', {
  id: bigint().primaryKey(),
  authorId: bigint()
    .notNull()
    .references(() => users.id),
  editorId: bigint(),
})
const tags = table('tags', { id: bigint().primaryKey() })
const postTags = table('post_tags', { postId: bigint().notNull(), tagId: bigint().notNull() })
const tables = { users, posts, tags, postTags }

describe('relations', () => {
  it('says what each relation joins', () => {
    const related = relations(tables, {
      users: (r) => ({ posts: r.many('posts', { id: 'authorId' }, { cascade: 'deleteOrphan' }) }),
      posts: (r) => ({
        tags: r.manyThrough('tags', { table: 'postTags', from: { id: 'postId' }, to: { tagId: 'id' } }),
      }),
    })
    expect(related.users.posts.def).toEqual({
      kind: 'many',
      target: 'posts',
      on: [['id', 'authorId']],
      through: undefined,
      isOptional: false,
      cascade: 'deleteOrphan',
    })
    expect(related.posts.tags.def).toMatchObject({
      target: 'tags',
      on: [['id', 'postId']],
      through: { table: 'postTags', on: [['tagId', 'id']] },
    })
    expect(Object.isFrozen(related.users)).toBe(true)
  })

  it('promises one row only where a foreign key that is not null does, or where told so', () => {
    const { posts: own, users: far } = relations(tables, {
      posts: (r) => ({
        author: r.one('users', { authorId: 'id' }),
        editor: r.one('users', { editorId: 'id' }),
      }),
      users: (r) => ({
        post: r.one('posts', { id: 'authorId' }),
        certain: r.one('posts', { id: 'authorId' }, { required: true }),
      }),
    })
    expect([own.author, own.editor, far.post, far.certain].map(({ def }) => def.isOptional)).toEqual([
      false,
      true,
      true,
      false,
    ])
  })

  const untyped = relations as unknown as (tables: object, declarations: object) => unknown
  interface Untyped {
    one(target: string, on: object, options?: object): object
    many(target: string, on: object, options?: object): object
  }

  it.each([
    ['an unknown table to begin with', { nothing: () => ({}) }, '"nothing"'],
    ['an unknown target', { users: (r: Untyped) => ({ x: r.one('nothing', { id: 'id' }) }) }, '"nothing"'],
    [
      'an unknown column here',
      { users: (r: Untyped) => ({ x: r.one('posts', { idd: 'id' }) }) },
      'Did you mean id?',
    ],
    [
      'an unknown column there',
      { users: (r: Untyped) => ({ x: r.many('posts', { id: 'authorid' }) }) },
      'Did you mean authorId?',
    ],
    ['no columns', { users: (r: Untyped) => ({ x: r.one('posts', {}) }) }, 'joins no columns'],
    [
      'the name of a column',
      { users: (r: Untyped) => ({ name: r.one('posts', { id: 'authorId' }) }) },
      'has the name of a column',
    ],
    [
      'an unknown option',
      { users: (r: Untyped) => ({ x: r.many('posts', { id: 'authorId' }, { cascades: 'delete' }) }) },
      'Did you mean cascade?',
    ],
  ])('refuses %s', (_what, declarations, message) => {
    expect(() => untyped(tables, declarations)).toThrow(ConfigurationError)
    expect(() => untyped(tables, declarations)).toThrow(message)
  })
})
