import { describe, expectTypeOf, it } from 'vitest'
import type { LoadOptions, Loaded } from '../../src/metadata/loaded.js'
import { Metadata } from '../../src/metadata/metadata.js'
import { bigint, integer } from '../../src/metadata/number-columns.js'
import { relations } from '../../src/metadata/relations.js'
import { table } from '../../src/metadata/table.js'
import { text } from '../../src/metadata/text-columns.js'

const teams = table('teams', { id: bigint().identity().primaryKey(), name: text().notNull() })
const users = table('users', {
  id: bigint().identity().primaryKey(),
  teamId: bigint().references(() => teams.id),
})
const profiles = table('profiles', {
  userId: bigint()
    .primaryKey()
    .references(() => users.id),
  age: integer(),
})
const posts = table('posts', {
  id: bigint().identity().primaryKey(),
  authorId: bigint()
    .notNull()
    .references(() => users.id),
})
const tags = table('tags', { id: integer().identity().primaryKey() })
const postTags = table('post_tags', { postId: bigint().notNull(), tagId: integer().notNull() })
const tables = { teams, users, profiles, posts, tags, postTags }

const related = relations(tables, {
  users: (r) => ({
    team: r.one('teams', { teamId: 'id' }),
    profile: r.one('profiles', { id: 'userId' }),
    certainProfile: r.one('profiles', { id: 'userId' }, { required: true }),
    posts: r.many('posts', { id: 'authorId' }, { cascade: 'delete' }),
  }),
  posts: (r) => ({
    author: r.one('users', { authorId: 'id' }),
    tags: r.manyThrough('tags', { table: 'postTags', from: { id: 'postId' }, to: { tagId: 'id' } }),
  }),
})
type Tables = typeof tables
type Related = typeof related

describe('relations', () => {
  it('accepts columns of the same type and refuses others', () => {
    relations(tables, {
      // @ts-expect-error -- integer is not bigint
      profiles: (r) => ({ bad: r.one('users', { age: 'id' }) }),
    })
    relations(tables, {
      // @ts-expect-error -- no such column on this side
      profiles: (r) => ({ bad: r.one('users', { nothing: 'id' }) }),
    })
    relations(tables, {
      // @ts-expect-error -- no such column on the other side
      profiles: (r) => ({ bad: r.one('users', { userId: 'nothing' }) }),
    })
    relations(tables, {
      // @ts-expect-error -- no such table
      profiles: (r) => ({ bad: r.one('nothing', { userId: 'id' }) }),
    })
    relations(tables, {
      // @ts-expect-error -- no such table
      nothing: () => ({}),
    })
    relations(tables, {
      posts: (r) => ({
        // @ts-expect-error -- the join table's column is of another type
        bad: r.manyThrough('tags', { table: 'postTags', from: { id: 'tagId' }, to: { tagId: 'id' } }),
      }),
    })
  })

  it('is kept by the metadata', () => {
    expectTypeOf(new Metadata({ tables, relations: related }).relations).toEqualTypeOf<Related>()
  })
})

describe('Loaded', () => {
  it('adds what was asked for, and only that', () => {
    type Row = Loaded<Tables, Related, 'users', { team: true; posts: true }>
    expectTypeOf<Row['team']>().toEqualTypeOf<Loaded<Tables, Related, 'teams', true> | null>()
    expectTypeOf<NonNullable<Row['team']>['name']>().toEqualTypeOf<string>()
    expectTypeOf<Row['posts'][number]['authorId']>().toEqualTypeOf<bigint>()
    expectTypeOf<Row>().not.toHaveProperty('profile')
  })

  it('promises a row only where a foreign key that is not null does, or where told so', () => {
    type User = Loaded<Tables, Related, 'users', { profile: true; certainProfile: true }>
    expectTypeOf<null>().toExtend<User['profile']>()
    expectTypeOf<null>().not.toExtend<User['certainProfile']>()
    expectTypeOf<null>().not.toExtend<Loaded<Tables, Related, 'posts', { author: true }>['author']>()
  })

  it('nests', () => {
    type Row = Loaded<Tables, Related, 'users', { posts: { author: true; tags: true } }>
    expectTypeOf<Row['posts'][number]['author']['id']>().toEqualTypeOf<bigint>()
    expectTypeOf<Row['posts'][number]['tags'][number]['id']>().toEqualTypeOf<number>()
  })

  it('knows which relations can be asked for', () => {
    expectTypeOf<{ posts: { author: { team: true } } }>().toExtend<LoadOptions<Related, 'users'>>()
    expectTypeOf<{ posts: { team: true } }>().not.toExtend<LoadOptions<Related, 'users'>>()
  })
})
