import { describe, expectTypeOf, it } from 'vitest'
import type { InferDatabase } from '../../src/metadata/infer-database.js'
import { Metadata } from '../../src/metadata/metadata.js'
import { bigint, integer } from '../../src/metadata/number-columns.js'
import { relations } from '../../src/metadata/relations.js'
import { table } from '../../src/metadata/table.js'
import { text } from '../../src/metadata/text-columns.js'
import type { Session } from '../../src/session/session.js'
import type { Loaded } from '../../src/unit-of-work/loaded.js'
import type { LoadOptions } from '../../src/unit-of-work/relation-query.js'
import type { Row } from '../../src/unit-of-work/row.js'

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
type Related = typeof related
interface DB extends InferDatabase<typeof tables, Related> {}
declare const session: Session<DB>

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
    type Row = Loaded<DB, 'users', { team: true; posts: true }>
    expectTypeOf<Row['team']>().toEqualTypeOf<Loaded<DB, 'teams', true> | null>()
    expectTypeOf<NonNullable<Row['team']>['name']>().toEqualTypeOf<string>()
    expectTypeOf<Row['posts'][number]['authorId']>().toEqualTypeOf<bigint>()
    expectTypeOf<Row>().not.toHaveProperty('profile')
  })

  it('promises a row only where a foreign key that is not null does, or where told so', () => {
    type User = Loaded<DB, 'users', { profile: true; certainProfile: true }>
    expectTypeOf<null>().toExtend<User['profile']>()
    expectTypeOf<null>().not.toExtend<User['certainProfile']>()
    expectTypeOf<null>().not.toExtend<Loaded<DB, 'posts', { author: true }>['author']>()
  })

  it('nests', () => {
    type Row = Loaded<DB, 'users', { posts: { author: true; tags: true } }>
    expectTypeOf<Row['posts'][number]['author']['id']>().toEqualTypeOf<bigint>()
    expectTypeOf<Row['posts'][number]['tags'][number]['id']>().toEqualTypeOf<number>()
  })

  it('knows which relations can be asked for', () => {
    expectTypeOf<{ posts: { author: { team: true } } }>().toExtend<LoadOptions<DB, 'users'>>()
    expectTypeOf<{ posts: { team: true } }>().not.toExtend<LoadOptions<DB, 'users'>>()
  })
})

describe('Session.query', () => {
  it('gives rows of the table', () => {
    expectTypeOf(session.query(users).all()).resolves.toEqualTypeOf<Row<typeof users>[]>()
    expectTypeOf(session.query(users).first()).resolves.toEqualTypeOf<Row<typeof users> | undefined>()
    expectTypeOf(session.query(users).count()).resolves.toEqualTypeOf<number>()
  })

  it('knows the columns, and the other tables of the database', () => {
    void session.query(users).where('teamId', '=', 1n).where('users.teamId', 'is', null).orderBy('id', 'desc')
    void session.query(users).where(({ exists, selectFrom }) => exists(selectFrom('teams').select('id')))
    // @ts-expect-error -- no such column
    void session.query(users).where('nothing', '=', 1n)
    // @ts-expect-error -- another type
    void session.query(users).where('teamId', '=', 'x')
    // @ts-expect-error -- no such column
    void session.query(users).orderBy('nothing')
  })

  it('types relations only when they were loaded', async () => {
    const user = await session
      .query(users)
      .with({ team: true, posts: { tags: true } })
      .one()
    expectTypeOf(user.team).toEqualTypeOf<Row<typeof teams> | null>()
    expectTypeOf(user.posts[0]?.tags).toEqualTypeOf<Row<typeof tags>[] | undefined>()
    // @ts-expect-error -- not loaded
    expectTypeOf(user.profile)
    // @ts-expect-error -- not loaded below
    expectTypeOf(user.posts[0]?.author)
    const both = await session.query(users).with({ team: 'joined' }).with({ profile: true }).one()
    expectTypeOf(both.profile?.age).toEqualTypeOf<number | null | undefined>()
    expectTypeOf(both.team?.name).toEqualTypeOf<string | undefined>()
  })

  it('knows which relations there are, and which of them can be joined', () => {
    // @ts-expect-error -- no such relation
    void session.query(users).with({ nothing: true })
    // @ts-expect-error -- no such relation beside one that there is
    void session.query(users).with({ team: true, nothing: true })
    // @ts-expect-error -- several rows
    void session.query(users).with({ posts: 'joined' })
    // @ts-expect-error -- no such relation below
    void session.query(users).with({ posts: { nothing: true } })
  })

  it('refines the rows of a relation, which may then be missing', async () => {
    const post = await session
      .query(posts)
      .with({ author: (q) => q.where('teamId', '=', 1n).with({ team: true }), tags: (q) => q.limit(2) })
      .one()
    expectTypeOf(post.author?.team?.name).toEqualTypeOf<string | undefined>()
    expectTypeOf<null>().toExtend<typeof post.author>()
    expectTypeOf(post.tags).toEqualTypeOf<Row<typeof tags>[]>()
    // @ts-expect-error -- no such column of the other table
    void session.query(posts).with({ author: (q) => q.where('title', '=', 'x') })
  })

  it('works where the type of the database knows nothing of the tables', async () => {
    const unknown = session as unknown as Session<unknown>
    expectTypeOf(await unknown.query(users).where('teamId', '=', 1n).one()).toEqualTypeOf<Row<typeof users>>()
    // @ts-expect-error -- no such column
    void unknown.query(users).where('nothing', '=', 1n)
  })
})

describe('Session.load', () => {
  it('types what was loaded afterwards', async () => {
    const all = await session.query(posts).all()
    const loaded = await session.load(all, { author: { team: true } })
    expectTypeOf(loaded[0]?.author.team?.name).toEqualTypeOf<string | undefined>()
    const [first] = loaded
    if (first !== undefined)
      expectTypeOf((await session.load(first, { tags: true })).tags).toEqualTypeOf<Row<typeof tags>[]>()
    // @ts-expect-error -- no such relation
    await session.load(all, { nothing: true })
  })
})

describe('Session.add', () => {
  it('takes a relation for the columns that point', () => {
    const ada = session.add(users, {})
    const post = session.add(posts, { author: ada })
    expectTypeOf(post.author.id).toEqualTypeOf<bigint>()
    expectTypeOf(post.authorId).toEqualTypeOf<bigint>()
    session.add(users, { team: null })
    session.add(profiles, { userId: 1n, age: 3 })
    const eve = session.add(users, { posts: [] })
    eve.posts.push(post, session.add(posts, { authorId: 1n }))
    session.add(posts, { author: ada, tags: [session.add(tags, {})] })
  })

  it('takes relations for many at once', () => {
    const ada = session.add(users, {})
    const [first] = session.addAll(posts, [{ author: ada }, { author: ada }])
    expectTypeOf(first?.author.id).toEqualTypeOf<bigint | undefined>()
    expectTypeOf(first?.authorId).toEqualTypeOf<bigint | undefined>()
    const ids = new Set([1n, 2n])
    const plain = session.addAll(
      posts,
      Array.from(ids, (authorId) => ({ authorId })),
    )
    expectTypeOf(plain).toEqualTypeOf<Row<typeof posts>[]>()
    const built = session.addAll(
      posts,
      [1, 2].map(() => ({ author: ada, tags: [] })),
    )
    expectTypeOf(built[0]?.tags).toEqualTypeOf<Row<typeof tags>[] | undefined>()
    // @ts-expect-error -- neither the column nor the relation
    session.addAll(posts, [{}])
    // @ts-expect-error -- the second has neither
    session.addAll(posts, [{ author: ada }, {}])
    // @ts-expect-error -- no such relation
    session.addAll(posts, [{ author: ada, writer: ada }])
    // @ts-expect-error -- a team is no user
    session.addAll(posts, [{ author: session.add(teams, { name: 'x' }) }])
  })

  it('refuses what is of another table or no relation', () => {
    const ada = session.add(users, {})
    // @ts-expect-error -- neither the column nor the relation
    session.add(posts, {})
    // @ts-expect-error -- no such relation
    session.add(posts, { author: ada, writer: ada })
    // @ts-expect-error -- a team is no user
    session.add(posts, { author: session.add(teams, { name: 'x' }) })
    // @ts-expect-error -- it is not optional
    session.add(posts, { author: null })
    // @ts-expect-error -- a list of posts
    session.add(users, { posts: session.add(posts, { author: ada }) })
  })
})
